import Checkpoints
import Foundation

/// How runtimes find what a configuration says of one of their modules, restated from their sources.
enum RuntimeRules {
  /// What vLLM holds as one module.
  struct Joined {
    let name: String
    /// The name of its class, as vLLM has it.
    let kind: String
    /// The model's modules in it.
    let parts: [String]
  }

  /// vLLM's `packed_modules_mapping` of Llama and its relatives, and experts as `FusedMoE`.
  static func joined(_ modules: [String]) -> [Joined] {
    var found: [Joined] = []
    for module in modules {
      let pieces = module.split(separator: ".").map(String.init)
      let parent = pieces.dropLast().joined(separator: ".")
      let name: String
      let kind: String
      if let place = pieces.firstIndex(of: "experts") {
        name = pieces[...place].joined(separator: ".")
        kind = "FusedMoE"
      } else {
        switch pieces.last {
        case "q_proj", "k_proj", "v_proj":
          name = "\(parent).qkv_proj"
          kind = "QKVParallelLinear"
        case "gate_proj", "up_proj":
          name = "\(parent).gate_up_proj"
          kind = "MergedColumnParallelLinear"
        default:
          name = module
          kind = "RowParallelLinear"
        }
      }
      guard let place = found.firstIndex(where: { $0.name == name }) else {
        found.append(Joined(name: name, kind: kind, parts: [module]))
        continue
      }
      found[place] = Joined(name: name, kind: kind, parts: found[place].parts + [module])
    }
    return found
  }

  /// Python's `re.match`.
  static func matches(_ pattern: some StringProtocol, _ text: String) -> Bool {
    (try? Regex(String(pattern)).prefixMatch(in: text)) != nil
  }

  // MARK: - GPTQ

  /// What a rule of `dynamic` says: nil for none, an empty object for a module that is left alone.
  static func rule(_ settings: JSONObject, _ module: String, negativesFirst: Bool) throws -> JSONObject?? {
    guard let dynamic = try settings.optionalObject("dynamic") else { return .none }
    let keys =
      negativesFirst
      ? dynamic.keys.filter { $0.hasPrefix("-") } + dynamic.keys.filter { !$0.hasPrefix("-") } : dynamic.keys
    for key in keys {
      let pattern = key.hasPrefix("-:") || key.hasPrefix("+:") ? String(key.dropFirst(2)) : key
      guard matches(pattern, module) else { continue }
      if key.hasPrefix("-:") { return .some(nil) }
      return .some(try dynamic.object(key))
    }
    return .none
  }

  /// Bits, group size and symmetry of a module: vLLM's `gptq_utils.get_dynamic_override`, and (with rules that leave modules
  /// alone first) GPTQModel's `dynamic_get`.
  static func gptq(_ settings: JSONObject, _ module: String, negativesFirst: Bool) throws -> String {
    let usual = (try settings.integer("bits"), try settings.integer("group_size"), try settings.bool("sym"))
    switch try rule(settings, module, negativesFirst: negativesFirst) {
    case .none: return describe(usual.0, usual.1, usual.2)
    case .some(nil): return "plain"
    case .some(let rule?):
      return describe(
        try rule.optionalInteger("bits") ?? usual.0, try rule.optionalInteger("group_size") ?? usual.1,
        try rule.optionalBool("sym") ?? usual.2)
    }
  }

  /// Such as `int4_g32_asym`.
  static func describe(_ bits: Int, _ size: Int, _ symmetric: Bool) -> String {
    "int\(bits)_\(size == -1 ? "row" : "g\(size)")\(symmetric ? "" : "_asym")"
  }

  // MARK: - compressed-tensors

  private static func means(_ target: String, _ name: String) -> Bool {
    target.hasPrefix("re:") ? matches(target.dropFirst(3), name) : target == name
  }

  /// All targets in the order of the groups, each with what its group says.
  private static func targets(_ settings: JSONObject) throws -> [(target: String, scheme: String)] {
    let groups = try settings.object("config_groups")
    return try groups.keys.flatMap { key in
      let group = try groups.object(key)
      let weights = try group.object("weights")
      let scheme = describe(
        try weights.integer("num_bits"), try weights.optionalInteger("group_size") ?? -1, try weights.bool("symmetric"))
      return try group.strings("targets").map { ($0, scheme) }
    }
  }

  /// compressed-tensors' `match_targets`: of a module of the class `Linear`.
  static func compressedTensors(_ settings: JSONObject, _ module: String) throws -> String {
    if try settings.strings("ignore").contains(where: { means($0, module) || $0 == "Linear" }) { return "plain" }
    let sorted = try targets(settings).sorted {
      ($0.target.contains("re:") ? 1 : 0, $0.target) < ($1.target.contains("re:") ? 1 : 0, $1.target)
    }
    return (sorted.first { means($0.target, module) } ?? sorted.first { $0.target == "Linear" })?.scheme ?? "plain"
  }

  /// When vLLM asks for parts of a joined module: before the class since July 2026, and after it until then; or never, where a
  /// model does not tell which parts it joins.
  enum Order: CaseIterable {
    case partsFirst
    case classFirst
    case noParts
  }

  /// vLLM's `should_ignore_layer` and `find_matched_target`, of experts `get_moe_method`.
  static func vLLM(_ settings: JSONObject, _ joined: Joined, _ order: Order) throws -> String {
    guard joined.kind != "FusedMoE" else {
      let schemes = try ["gate_proj", "up_proj", "down_proj"].map { part in
        try vLLM(settings, Joined(name: "\(joined.name).0.\(part)", kind: "FusedMoE", parts: []), own: true, order)
      }
      return Set(schemes).count == 1 ? schemes[0] : "parts that differ: \(schemes)"
    }
    return try vLLM(settings, joined, own: false, order)
  }

  private static func vLLM(
    _ settings: JSONObject, _ joined: Joined, own: Bool, _ order: Order
  ) throws -> String {
    let ignore = try settings.strings("ignore")
    let parts = joined.parts.count > 1 && order != .noParts ? joined.parts : [joined.name]
    let ignored = parts.map { part in ignore.contains { means($0, part) } }
    guard Set(ignored).count == 1 else { return "parts of which some are ignored" }
    if ignored[0] { return "plain" }
    let targets = try targets(settings)
    let byName = targets.first { means($0.target, joined.name) }
    // `Linear` is also what experts are asked for (`_add_fused_moe_to_target_scheme_map`).
    let byClass = targets.first { $0.target == "Linear" || joined.kind.lowercased().contains($0.target.lowercased()) }
    let matches = joined.parts.map { part in targets.first { means($0.target, part) } }
    let byParts = joined.parts.count > 1 && matches.allSatisfy { $0 != nil } ? matches[0] : nil
    switch order {
    case .partsFirst: return (byName ?? byParts ?? byClass)?.scheme ?? "plain"
    case .classFirst: return (byName ?? byClass ?? byParts)?.scheme ?? "plain"
    case .noParts: return (byName ?? byClass)?.scheme ?? "plain"
    }
  }

  // MARK: - AWQ

  /// vLLM's `is_layer_skipped` with parts of names, of the joined module and of its parts, and AutoAWQ's check.
  static func isSkippedByPart(_ settings: JSONObject, _ name: String) throws -> Bool {
    try (settings.optionalStrings("modules_to_not_convert") ?? []).contains { name.contains($0) }
  }

  /// transformers' `should_convert_module`.
  static func isSkippedByTransformers(_ settings: JSONObject, _ name: String) throws -> Bool {
    try (settings.optionalStrings("modules_to_not_convert") ?? []).contains { entry in
      guard let end = (try? Regex("(?:\(entry))").prefixMatch(in: name))?.range.upperBound else {
        return name.hasSuffix(entry)
      }
      return end == name.endIndex || name[end] == "." || name.hasSuffix(entry)
    }
  }
}
