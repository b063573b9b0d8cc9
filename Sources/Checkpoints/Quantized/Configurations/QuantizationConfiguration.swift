/// How a Hugging Face folder's weights are quantized, as it says itself.
package enum QuantizationMethod: Sendable, Equatable {
  case gptq(GPTQSettings)
  case awq(AWQSettings)
  case compressedTensors(CompressedTensorsSettings)
  case bitsAndBytes
  case mlx(MLXSettings)
  case exl2
  case fp8(FP8Settings)
  case fbgemm(FBGEMMSettings)
  case mxfp4(MXFP4Settings)

  /// What formats like it are called, such as `gptq`.
  package var name: String {
    switch self {
    case .gptq: "gptq"
    case .awq: "awq"
    case .compressedTensors: "compressed-tensors"
    case .bitsAndBytes: "bitsandbytes"
    case .mlx: "mlx"
    case .exl2: "exl2"
    case .fp8: "fp8"
    case .fbgemm: "fbgemm_fp8"
    case .mxfp4: "mxfp4"
    }
  }
}

/// What a folder says about how its weights are quantized.
package struct QuantizationConfiguration: Sendable, Equatable {
  package let method: QuantizationMethod
  /// Keys that the program of this method does not have, which are not read: by their full names.
  package let unread: [String]

  /// Reads what stands under `quantization_config`, or in a file of its own.
  ///
  /// - Parameter usual: the method where nothing names one; nil where one must be named.
  /// - Throws: `.setting` for a key that is missing, or asks for what this version cannot read.
  init(_ settings: JSONObject, usual: String? = nil) throws(CheckpointError) {
    let key = try settings.agreed(["quant_method", "method"]) ?? "quant_method"
    guard let method = try settings.optionalString(key) ?? usual else {
      throw settings.error(key, expected: Self.known)
    }
    switch method.lowercased() {
    case "gptq":
      let own = try GPTQSettings(settings)
      self.method = .gptq(own)
      unread = try GPTQKeys.gptq.check(settings) + own.rules.unread
    case "awq":
      let own = try AWQSettings(settings)
      self.method = .awq(own)
      unread = try GPTQKeys.awq.check(settings) + own.rules.unread
    case "compressed-tensors":
      let own = try CompressedTensorsSettings(settings)
      self.method = .compressedTensors(own)
      unread = own.unread
    case "bitsandbytes":
      self.method = .bitsAndBytes
      unread = try BitsAndBytesKeys.check(settings)
    case "exl2":
      self.method = .exl2
      unread = try EXL2Keys.config.check(settings)
    case "fp8":
      self.method = .fp8(try FP8Settings(settings))
      unread = try FP8Settings.keys.check(settings)
    case "fbgemm_fp8":
      self.method = .fbgemm(try FBGEMMSettings(settings))
      unread = try FBGEMMSettings.keys.check(settings)
    case "mxfp4":
      self.method = .mxfp4(try MXFP4Settings(settings))
      unread = try MXFP4Settings.keys.check(settings)
    default: throw settings.error(key, expected: Self.known)
    }
  }

  /// Reads MLX's `quantization`, which names no method.
  init(mlx settings: JSONObject) throws(CheckpointError) {
    let own = try MLXSettings(settings)
    (method, unread) = (.mlx(own), own.unread)
  }

  private static let known =
    "gptq, awq, compressed-tensors, bitsandbytes, exl2, fp8, fbgemm_fp8, mxfp4, or MLX's quantization"
}

extension JSONObject {
  /// One word of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: Word
  ) throws(CheckpointError) -> Word where Word.RawValue == String {
    guard let text = try optionalString(key) else { return fallback }
    guard let word = Word(rawValue: text.lowercased()) else {
      throw error(key, expected: Word.allCases.map { $0.rawValue }.joined(separator: " or "))
    }
    return word
  }
}
