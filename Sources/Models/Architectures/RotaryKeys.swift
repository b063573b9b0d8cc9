import Checkpoints
import Foundation

extension RotaryEmbedding {
  /// The layers that keys of config.json are about, where it tells them apart.
  enum Layers: String {
    case fullAttention = "full_attention"
    case slidingAttention = "sliding_attention"
  }

  /// Reads the keys of config.json: `rope_parameters`, or the older `rope_theta` with `rope_scaling`.
  init(
    _ config: JSONObject, _ keys: ConfigKeys, layers: Layers, headSize: Int, context: Int
  ) throws(CheckpointError) {
    let all = try config.optionalObject("rope_parameters")
    let parameters = try all?.optionalObject(layers.rawValue) ?? all
    let olderScaling = try config.optionalObject("rope_scaling")
    let base = try parameters?.optionalPositiveNumber("rope_theta")
    let olderBase = try config.optionalPositiveNumber(keys.rotaryBaseKey)
    let dimensions = try Self.dimensions(config, parameters, keys.rotaryShare, headSize: headSize)
    let older = try config.optionalSize("original_max_position_embeddings")
    self.init(
      base: base ?? olderBase ?? keys.rotaryBase, dimensions: dimensions,
      scaling: try Self.scaling(
        parameters ?? olderScaling, dimensions: dimensions, context: context, originalContext: older))
  }

  /// How many components of a head turn.
  private static func dimensions(
    _ config: JSONObject, _ parameters: JSONObject?, _ key: String?, headSize: Int
  ) throws(CheckpointError) -> Int {
    for keys in [parameters, config] {
      for name in Set(["partial_rotary_factor", key ?? "partial_rotary_factor"]).sorted() {
        guard let keys, let share = try keys.optionalNumber(name) else { continue }
        if share == 1 { return headSize }
        guard key != nil else { throw keys.error(name, expected: "1: all components of a head turn") }
        let dimensions = Int(max(0, min(share, 1)) * Double(headSize))
        guard dimensions > 0, dimensions % 2 == 0, share < 1 else {
          throw keys.error(name, expected: "the share of an even number of a head's \(headSize) components")
        }
        return dimensions
      }
    }
    return headSize
  }

  private static func scaling(
    _ keys: JSONObject?, dimensions: Int, context: Int, originalContext: Int?
  ) throws(CheckpointError) -> Scaling {
    guard let keys else { return .none }
    // `type` is what older checkpoints wrote.
    let kind = try keys.optionalString("rope_type")
    let olderKind = try keys.optionalString("type")
    let stated = try keys.optionalSize("original_max_position_embeddings")
    let original = stated ?? originalContext ?? context
    switch kind ?? olderKind ?? "default" {
    case "default":
      return .none
    case "linear":
      return .linear(factor: try keys.positiveNumber("factor"))
    case "llama3":
      let low = try keys.positiveNumber("low_freq_factor")
      let high = try keys.positiveNumber("high_freq_factor")
      guard low < high else { throw keys.error("high_freq_factor", expected: "more than low_freq_factor, \(low)") }
      return .llama3(
        factor: try keys.positiveNumber("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
        originalContext: original)
    case "yarn":
      return .yarn(try yarn(keys, originalContext: original))
    case "longrope", "su":
      return .longRope(try longRope(keys, pairs: dimensions / 2, context: context, originalContext: original))
    default:
      throw keys.error(
        keys.has("rope_type") ? "rope_type" : "type", expected: "default, linear, llama3, yarn or longrope")
    }
  }

  private static func yarn(_ keys: JSONObject, originalContext: Int) throws(CheckpointError) -> Yarn {
    for key in ["mscale", "mscale_all_dim"] where keys.has(key) {
      throw keys.error(key, expected: "nothing, or attention_factor instead")
    }
    guard try keys.optionalBool("truncate") ?? true else { throw keys.error("truncate", expected: "true") }
    let fast = try keys.optionalPositiveNumber("beta_fast")
    let slow = try keys.optionalPositiveNumber("beta_slow")
    return Yarn(
      factor: try keys.positiveNumber("factor"), originalContext: originalContext, fastTurns: fast ?? 32,
      slowTurns: slow ?? 1, magnitude: try keys.optionalPositiveNumber("attention_factor"))
  }

  private static func longRope(
    _ keys: JSONObject, pairs: Int, context: Int, originalContext: Int
  ) throws(CheckpointError) -> LongRope {
    var lists: [[Double]] = []
    for key in ["short_factor", "long_factor"] {
      let list = try keys.numbers(key)
      guard list.count == pairs, list.allSatisfy({ $0 > 0 }) else {
        throw keys.error(key, expected: "\(pairs) positive numbers")
      }
      lists.append(list)
    }
    let factor = try keys.optionalPositiveNumber("factor")
    let growth = factor ?? Double(context) / Double(originalContext)
    let usual = growth > 1 ? (1 + log(growth) / log(Double(originalContext))).squareRoot() : 1
    let stated = try keys.optionalPositiveNumber("attention_factor")
    return LongRope(
      short: lists[0], long: lists[1], originalContext: originalContext, magnitude: stated ?? usual)
  }

  /// Reads a GGUF file's keys. Frequencies scaled as in Llama 3 come as a tensor of divisors.
  ///
  /// - Parameters:
  ///   - base: what holds where a file does not say.
  ///   - isPartial: whether a part of a head may turn.
  init(
    _ file: GGUFFile, prefix: String, headSize: Int, base: Double, isPartial: Bool
  ) throws(CheckpointError) {
    let keys = file.metadata
    let base = try keys.optionalPositiveNumber("\(prefix).rope.freq_base") ?? base
    let dimensions = try keys.optionalSize("\(prefix).rope.dimension_count") ?? headSize
    guard dimensions == headSize || (isPartial && dimensions % 2 == 0 && dimensions < headSize) else {
      throw keys.error("\(prefix).rope.dimension_count", expected: "\(headSize): all components of a head turn")
    }
    self.init(
      base: base, dimensions: dimensions, scaling: try Self.scaling(file, prefix, pairs: dimensions / 2))
  }

  private static func scaling(_ file: GGUFFile, _ prefix: String, pairs: Int) throws(CheckpointError) -> Scaling {
    let keys = file.metadata
    let kind = try keys.optionalString("\(prefix).rope.scaling.type") ?? "none"
    if let divisors = try divisors(file, RotaryTensors.divisors, pairs: pairs) { return .divisors(divisors) }
    let original = "\(prefix).rope.scaling.original_context_length"
    if let long = try divisors(file, RotaryTensors.long, pairs: pairs) {
      guard let short = try divisors(file, RotaryTensors.short, pairs: pairs) else {
        throw .noSuchTensor(path: file.path, tensor: RotaryTensors.short, similar: [RotaryTensors.long])
      }
      let magnitude = try keys.optionalPositiveNumber("\(prefix).rope.scaling.attn_factor") ?? 1
      return .longRope(
        LongRope(short: short, long: long, originalContext: try keys.size(original), magnitude: magnitude))
    }
    switch kind {
    case "none":
      return .none
    case "linear":
      return .linear(factor: try keys.positiveNumber("\(prefix).rope.scaling.factor"))
    case "yarn":
      let stated = try keys.optionalSize(original)
      let context = try keys.size("\(prefix).context_length")
      let fast = try keys.optionalPositiveNumber("\(prefix).rope.scaling.yarn_beta_fast")
      let slow = try keys.optionalPositiveNumber("\(prefix).rope.scaling.yarn_beta_slow")
      return .yarn(
        Yarn(
          factor: try keys.positiveNumber("\(prefix).rope.scaling.factor"),
          originalContext: stated ?? context, fastTurns: fast ?? 32,
          slowTurns: slow ?? 1))
    default:
      throw keys.error("\(prefix).rope.scaling.type", expected: "none, linear or yarn")
    }
  }

  /// A tensor of frequency divisors, where a file has it.
  private static func divisors(
    _ file: GGUFFile, _ name: String, pairs: Int
  ) throws(CheckpointError) -> [Double]? {
    guard file.has(name) else { return nil }
    let divisors = try file.matrix(name).array()
    guard divisors.count == pairs, divisors.allSatisfy({ $0 > 0 }) else {
      throw .malformed(
        path: file.path, part: .tensor(name, "values"),
        found: "\(divisors.count) numbers from \(divisors.min() ?? 0)", expected: "\(pairs) positive numbers")
    }
    return divisors.map { Double($0) }
  }

  /// The keys of a GGUF file, without the family's prefix.
  func metadata() -> [(key: String, value: GGUFValue)] {
    var keys: [(key: String, value: GGUFValue)] = [
      ("rope.dimension_count", .uint32(UInt32(dimensions))), ("rope.freq_base", .float32(Float(base))),
    ]
    switch scaling {
    case .none, .llama3, .divisors: break
    case .linear(let factor):
      keys.append(("rope.scaling.type", .string("linear")))
      keys.append(("rope.scaling.factor", .float32(Float(factor))))
    case .yarn(let yarn):
      keys.append(("rope.scaling.type", .string("yarn")))
      keys.append(("rope.scaling.factor", .float32(Float(yarn.factor))))
      keys.append(("rope.scaling.original_context_length", .uint32(UInt32(yarn.originalContext))))
      keys.append(("rope.scaling.yarn_beta_fast", .float32(Float(yarn.fastTurns))))
      keys.append(("rope.scaling.yarn_beta_slow", .float32(Float(yarn.slowTurns))))
    case .longRope(let scaling):
      keys.append(("rope.scaling.original_context_length", .uint32(UInt32(scaling.originalContext))))
      keys.append(("rope.scaling.attn_factor", .float32(Float(scaling.magnitude))))
    }
    return keys
  }
}
