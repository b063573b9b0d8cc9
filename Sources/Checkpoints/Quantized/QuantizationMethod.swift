/// How a Hugging Face folder's weights are quantized: `quantization_config` of its config.json, read.
package enum QuantizationMethod: Sendable, Equatable {
  case gptq(GPTQSettings)
  case awq(AWQSettings)
  case compressedTensors(CompressedTensorsSettings)
  case bitsAndBytes
  case mlx(MLXSettings)
  case exl2

  /// The keys of config.json that say it.
  package static let keys = ["quantization_config", "quantization", "compression_config"]

  /// Reads config.json.
  ///
  /// - Returns: nil where the weights are plain numbers.
  /// - Throws: `.setting` for a key that is missing, or asks for what this version cannot read.
  package static func of(_ config: JSONObject) throws(CheckpointError) -> QuantizationMethod? {
    // MLX says it under both keys, and has no name for its method.
    if let settings = try config.optionalObject("quantization") { return .mlx(try MLXSettings(settings)) }
    guard let settings = try config.optionalObject("quantization_config") else { return nil }
    let method = try settings.string("quant_method")
    switch method {
    case "gptq": return .gptq(try GPTQSettings(settings))
    case "awq": return .awq(try AWQSettings(settings))
    case "compressed-tensors": return .compressedTensors(try CompressedTensorsSettings(settings))
    case "bitsandbytes": return .bitsAndBytes
    case "exl2": return .exl2
    default:
      throw settings.error(
        "quant_method", expected: "gptq, awq, compressed-tensors, bitsandbytes, exl2, or MLX's quantization")
    }
  }

  /// What formats like it are called, such as `gptq`.
  package var name: String {
    switch self {
    case .gptq: "gptq"
    case .awq: "awq"
    case .compressedTensors: "compressed-tensors"
    case .bitsAndBytes: "bitsandbytes"
    case .mlx: "mlx"
    case .exl2: "exl2"
    }
  }
}

extension JSONObject {
  /// `bits`, one of some.
  func bits(_ known: [Int]) throws(CheckpointError) -> Int {
    let bits = try integer("bits")
    guard known.contains(bits) else {
      throw error("bits", expected: known.map(String.init).joined(separator: ", "))
    }
    return bits
  }

  /// `group_size`; nil for −1, which stands for a whole row.
  func columnsPerGroup() throws(CheckpointError) -> Int? {
    let size = try integer("group_size")
    guard size == -1 || size >= 1 else { throw error("group_size", expected: "-1, or a number of inputs") }
    return size == -1 ? nil : size
  }

  /// One word of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: Word
  ) throws(CheckpointError) -> Word where Word.RawValue == String {
    guard let text = try optionalString(key) else { return fallback }
    guard let word = Word(rawValue: text) else {
      throw error(key, expected: Word.allCases.map { $0.rawValue }.joined(separator: " or "))
    }
    return word
  }
}
