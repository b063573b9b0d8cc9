/// `quantization_config` of GPTQ checkpoints.
package struct GPTQSettings: Sendable, Equatable {
  package let bits: Int
  /// Nil for a scale for a whole row.
  package let columnsPerGroup: Int?
  package let version: GPTQLayout.Version
  /// Other settings for modules whose name a pattern matches, in order (`dynamic`).
  package let rules: [Rule]

  /// An entry of `dynamic`.
  package struct Rule: Sendable, Equatable {
    /// A regular expression over module names, without its `+:` or `-:`.
    package let pattern: String
    package let bits: Int?
    package let columnsPerGroup: Int??
  }

  init(_ settings: JSONObject) throws(CheckpointError) {
    bits = try settings.bits([2, 3, 4, 8])
    columnsPerGroup = try settings.columnsPerGroup()
    version = try settings.word("checkpoint_format", .v1)
    if let type = try settings.optionalString("pack_dtype"), type != "int32" {
      throw settings.error("pack_dtype", expected: "int32")
    }
    guard let dynamic = try settings.optionalObject("dynamic") else {
      rules = []
      return
    }
    var rules: [Rule] = []
    for key in dynamic.keys where !key.hasPrefix("-:") {
      let rule = try dynamic.object(key)
      rules.append(
        Rule(
          pattern: key.hasPrefix("+:") ? String(key.dropFirst(2)) : key,
          bits: rule.has("bits") ? try rule.bits([2, 3, 4, 8]) : nil,
          columnsPerGroup: rule.has("group_size") ? .some(try rule.columnsPerGroup()) : nil))
    }
    self.rules = rules
  }

  /// What is said about one module.
  func settings(of module: String) -> (bits: Int, columnsPerGroup: Int?) {
    guard let rule = rules.first(where: { $0.matches(module) }) else { return (bits, columnsPerGroup) }
    return (rule.bits ?? bits, rule.columnsPerGroup ?? columnsPerGroup)
  }
}

extension GPTQSettings.Rule {
  /// Whether the pattern matches from the start of the name, as Python's `re.match` does.
  fileprivate func matches(_ module: String) -> Bool {
    module.matchesFromStart(pattern)
  }
}

/// `quantization_config` of AWQ checkpoints.
package struct AWQSettings: Sendable, Equatable {
  /// Nil for a scale for a whole row.
  package let columnsPerGroup: Int?

  init(_ settings: JSONObject) throws(CheckpointError) {
    _ = try settings.bits([4])
    if let version = try settings.optionalString("version"), version.lowercased() != "gemm" {
      throw settings.error("version", expected: "gemm, the only layout of AWQ that this version reads")
    }
    if let zeros = try settings.optionalBool("zero_point"), !zeros {
      throw settings.error("zero_point", expected: "true")
    }
    columnsPerGroup = try settings.columnsPerGroup()
  }
}

/// `quantization_config` of compressed-tensors checkpoints.
package struct CompressedTensorsSettings: Sendable, Equatable {
  /// How the weights of some modules are stored.
  package struct Scheme: Sendable, Equatable {
    package enum Format: String, Sendable, CaseIterable {
      case packed = "pack-quantized"
      case integers = "int-quantized"
    }

    /// Module names, patterns after `re:`, or the class `Linear`.
    package let targets: [String]
    package let format: Format
    package let bits: Int
    /// Nil for a scale for a whole row.
    package let columnsPerGroup: Int?
    package let isSymmetric: Bool
    /// How inputs are rounded; nil where they stay as they are.
    package let inputs: Inputs?
  }

  /// How the inputs of some modules are rounded to eight bits.
  package enum Inputs: Sendable, Equatable {
    /// By numbers that the checkpoint stores.
    case fixed(isSymmetric: Bool)
    /// By the largest input of each token.
    case perToken
  }

  package let schemes: [Scheme]

  init(_ settings: JSONObject) throws(CheckpointError) {
    let format = try settings.word("format", Scheme.Format.packed)
    if let status = try settings.optionalString("quantization_status"), status != "compressed" {
      throw settings.error("quantization_status", expected: "compressed")
    }
    let groups = try settings.object("config_groups")
    var schemes: [Scheme] = []
    for key in groups.keys { schemes.append(try Self.scheme(groups.object(key), format)) }
    self.schemes = schemes
  }

  private static func scheme(_ group: JSONObject, _ format: Scheme.Format) throws(CheckpointError) -> Scheme {
    let weights = try group.object("weights")
    if let type = try weights.optionalString("type"), type != "int" { throw weights.error("type", expected: "int") }
    let format = try group.word("format", format)
    let bits = try weights.integer("num_bits")
    guard (format == .integers ? [8] : [2, 3, 4, 8]).contains(bits) else {
      throw weights.error("num_bits", expected: format == .integers ? "8" : "2, 3, 4 or 8")
    }
    let isSymmetric = try weights.optionalBool("symmetric") ?? true
    guard format == .packed || isSymmetric else { throw weights.error("symmetric", expected: "true for int-quantized") }
    let strategy = try weights.string("strategy")
    guard strategy == "channel" || (strategy == "group" && format == .packed) else {
      throw weights.error("strategy", expected: format == .packed ? "group or channel" : "channel for int-quantized")
    }
    return Scheme(
      targets: try group.strings("targets"), format: format, bits: bits,
      columnsPerGroup: strategy == "group" ? try weights.positiveInteger("group_size") : nil, isSymmetric: isSymmetric,
      inputs: try inputs(group))
  }

  /// What is said of activations. What this version cannot compute is refused: it would be another model.
  private static func inputs(_ group: JSONObject) throws(CheckpointError) -> Inputs? {
    if try group.optionalObject("output_activations") != nil {
      throw group.error("output_activations", expected: "null: outputs as they are")
    }
    guard let inputs = try group.optionalObject("input_activations") else { return nil }
    if let type = try inputs.optionalString("type"), type != "int" { throw inputs.error("type", expected: "int") }
    guard try inputs.integer("num_bits") == 8 else { throw inputs.error("num_bits", expected: "8") }
    let isSymmetric = try inputs.optionalBool("symmetric") ?? true
    let strategy = try inputs.optionalString("strategy") ?? "tensor"
    guard try inputs.optionalBool("dynamic") ?? false else {
      guard strategy == "tensor" else {
        throw inputs.error("strategy", expected: "tensor for inputs that are not dynamic")
      }
      return .fixed(isSymmetric: isSymmetric)
    }
    guard strategy == "token" else { throw inputs.error("strategy", expected: "token for dynamic inputs") }
    guard isSymmetric else { throw inputs.error("symmetric", expected: "true for dynamic inputs") }
    return .perToken
  }

  /// What is said about one module: by its name, by a pattern, or about all.
  func scheme(of module: String) -> Scheme? {
    schemes.first { $0.targets.contains(module) }
      ?? schemes.first {
        $0.targets.contains { $0.hasPrefix("re:") && module.matchesFromStart(String($0.dropFirst(3))) }
      }
      ?? schemes.first { $0.targets.contains("Linear") }
  }
}

/// `quantization` of MLX checkpoints.
package struct MLXSettings: Sendable, Equatable {
  package struct Module: Sendable, Equatable {
    package let bits: Int
    package let columnsPerGroup: Int
  }

  package let usual: Module
  /// Modules with settings of their own.
  package let others: [String: Module]

  init(_ settings: JSONObject) throws(CheckpointError) {
    usual = try Self.module(settings)
    var others: [String: Module] = [:]
    for key in settings.keys {
      guard case .object? = settings.value(key) else { continue }
      others[key] = try Self.module(settings.object(key))
    }
    self.others = others
  }

  private static func module(_ settings: JSONObject) throws(CheckpointError) -> Module {
    if let mode = try settings.optionalString("mode"), mode != "affine" {
      throw settings.error("mode", expected: "affine")
    }
    return Module(
      bits: try settings.bits([2, 3, 4, 6, 8]), columnsPerGroup: try settings.positiveInteger("group_size"))
  }

  /// What is said about one module.
  func settings(of module: String) -> Module { others[module] ?? usual }
}

extension String {
  /// Whether a regular expression matches from the start, as Python's `re.match` does.
  fileprivate func matchesFromStart(_ pattern: String) -> Bool {
    (try? Regex(pattern).prefixMatch(in: self)) != nil
  }
}
