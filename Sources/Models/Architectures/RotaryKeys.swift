import Checkpoints

extension RotaryEmbedding {
  /// Reads the keys of config.json: `rope_parameters`, or the older `rope_theta` with `rope_scaling`.
  init(_ config: JSONObject, dimensions: Int, context: Int) throws(CheckpointError) {
    let parameters = try config.optionalObject("rope_parameters")
    let olderScaling = try config.optionalObject("rope_scaling")
    let base = try parameters?.optionalPositiveNumber("rope_theta")
    let olderBase = try config.optionalPositiveNumber("rope_theta")
    for keys in [config, parameters] {
      guard let part = try keys?.optionalNumber("partial_rotary_factor"), part != 1 else { continue }
      throw (keys ?? config).error("partial_rotary_factor", expected: "1: all components of a head turn")
    }
    self.init(
      base: base ?? olderBase ?? 10_000, dimensions: dimensions,
      scaling: try Self.scaling(parameters ?? olderScaling, context: context))
  }

  private static func scaling(_ keys: JSONObject?, context: Int) throws(CheckpointError) -> Scaling {
    guard let keys else { return .none }
    // `type` is what older checkpoints wrote.
    let kind = try keys.optionalString("rope_type")
    let olderKind = try keys.optionalString("type")
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
        originalContext: try keys.optionalSize("original_max_position_embeddings") ?? context)
    default:
      throw keys.error(keys.has("rope_type") ? "rope_type" : "type", expected: "default, linear or llama3")
    }
  }

  /// Reads a GGUF file's keys. Frequencies scaled as in Llama 3 come as a tensor of divisors.
  init(_ file: GGUFMetadata, prefix: String, dimensions: Int, divisors: [Float]?) throws(CheckpointError) {
    let base = try file.optionalPositiveNumber("\(prefix).rope.freq_base") ?? 10_000
    let turning = try file.optionalSize("\(prefix).rope.dimension_count") ?? dimensions
    guard turning == dimensions else {
      throw file.error("\(prefix).rope.dimension_count", expected: "\(dimensions): all components of a head turn")
    }
    let kind = try file.optionalString("\(prefix).rope.scaling.type") ?? "none"
    if let divisors {
      self.init(base: base, dimensions: dimensions, scaling: .divisors(divisors.map { Double($0) }))
      return
    }
    switch kind {
    case "none":
      self.init(base: base, dimensions: dimensions)
    case "linear":
      let factor = try file.positiveNumber("\(prefix).rope.scaling.factor")
      self.init(base: base, dimensions: dimensions, scaling: .linear(factor: factor))
    default:
      throw file.error("\(prefix).rope.scaling.type", expected: "none or linear")
    }
  }

  /// The keys of a GGUF file.
  func metadata(prefix: String) -> [(key: String, value: GGUFValue)] {
    var keys: [(key: String, value: GGUFValue)] = [
      ("\(prefix).rope.dimension_count", .uint32(UInt32(dimensions))),
      ("\(prefix).rope.freq_base", .float32(Float(base))),
    ]
    if case .linear(let factor) = scaling {
      keys.append(("\(prefix).rope.scaling.type", .string("linear")))
      keys.append(("\(prefix).rope.scaling.factor", .float32(Float(factor))))
    }
    return keys
  }
}
