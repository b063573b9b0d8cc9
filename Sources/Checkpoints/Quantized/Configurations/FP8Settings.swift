import Schemes

/// `quantization_config` of FP8 checkpoints as DeepSeek publishes them and transformers reads them (`quant_method: fp8`), and
/// as AutoFP8 wrote them.
package struct FP8Settings: QuantizationMethod {
  package static let name = "fp8"

  /// What weights share a scale; nil where nothing is said.
  private let block: FP8Scales?
  /// Whether the configuration says that there are no blocks.
  private let hasNoBlocks: Bool
  private let isStatic: Bool
  let plain: ModuleNames

  /// The keys of `FineGrainedFP8Config` of transformers 5.23, and those of DeepSeek's and AutoFP8's own files.
  package static let keys = KeyTable(
    "FP8",
    read: [
      "quant_method", "activation_scheme", "weight_block_size", "modules_to_not_convert", "ignored_layers",
      "expert_dtype",
      "fmt",
    ],
    withoutEffect: [
      "the tensors of each matrix say how it is stored; scales of inputs are those of single precision": [
        "scale_fmt", "modules_to_convert",
      ],
      "it says when weights are decoded": ["dequantize"],
    ],
    refused: ["kv_cache_scheme": "keys and values are rounded as the model runs, which this version does not compute"])

  package init(_ settings: JSONObject) throws(CheckpointError) {
    if let format = try settings.optionalString("fmt"), format != "e4m3" {
      throw settings.error("fmt", expected: "e4m3")
    }
    if let experts = try settings.optionalString("expert_dtype"), experts != "fp8" {
      throw settings.error("expert_dtype", expected: "fp8: this version reads no experts of another type beside it")
    }
    let scheme = try settings.optionalString("activation_scheme")?.lowercased() ?? "dynamic"
    guard ["dynamic", "static"].contains(scheme) else {
      throw settings.error("activation_scheme", expected: "dynamic or static")
    }
    isStatic = scheme == "static"
    if settings.has("weight_block_size") {
      let sides = try settings.block("weight_block_size")
      block = .block(rows: sides.rows, columns: sides.columns)
    } else {
      block = nil
    }
    hasNoBlocks = settings.members["weight_block_size"] == .null
    let key = try settings.agreed(["modules_to_not_convert", "ignored_layers"]) ?? "modules_to_not_convert"
    plain = try ModuleNames(settings, key)
  }

  /// What weights share a scale. Where nothing is said, the tensor of scales says it: transformers means blocks of 128 then,
  /// and AutoFP8 one scale for all.
  func scales(_ scales: StoredTensor, of weight: StoredTensor) -> FP8Scales {
    if let block { return block }
    let matrices = weight.shape.dropLast(2).reduce(1, *)
    if scales.elementCount == matrices { return .tensor }
    return hasNoBlocks || scales.elementCount == weight.rows ? .row : .block(rows: 128, columns: 128)
  }

  /// How inputs of a matrix are rounded.
  func inputs(_ scales: FP8Scales) -> FloatInputSettings {
    let known: FloatInputs.Scale = if case .block(_, let columns) = scales { .perGroup(columns) } else { .perToken() }
    return FloatInputSettings(number: .e4m3, scale: isStatic ? .stored : .known(known))
  }

  /// The suffixes of the scale that static inputs have.
  static let inputScales = ["activation_scale", "input_scale"]
}

/// `quantization_config` of FP8 checkpoints of FBGEMM (`quant_method: fbgemm_fp8`): a scale for each row, and for each token.
package struct FBGEMMSettings: QuantizationMethod {
  package static let name = "fbgemm_fp8"

  let inputs: FloatInputSettings
  let plain: ModuleNames

  /// The keys of `FbgemmFp8Config` of transformers 5.23.
  package static let keys = KeyTable(
    "FBGEMM", read: ["quant_method", "activation_scale_ub", "modules_to_not_convert"],
    refused: ["kv_cache_scheme": "keys and values are rounded as the model runs, which this version does not compute"])

  package init(_ settings: JSONObject) throws(CheckpointError) {
    let bound = try settings.optionalNumber("activation_scale_ub") ?? 1200
    guard bound > 0, Float(bound).isFinite else {
      throw settings.error("activation_scale_ub", expected: "a number above 0")
    }
    inputs = FloatInputSettings(number: .e4m3, scale: .known(.perToken(atMost: Float(bound))))
    plain = try ModuleNames(settings, "modules_to_not_convert")
  }
}

extension FP8Settings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { try Self.keys.check(settings) }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    FP8Layout.matrix(of: tensor, in: stored)
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    try check(reader, isNoneOf: plain)
    let weights = try FP8Layout.read(reader, suffix, self)
    return (weights.shape, weights)
  }
}

extension FBGEMMSettings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { try Self.keys.check(settings) }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    FP8Layout.matrix(of: tensor, in: stored)
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    try check(reader, isNoneOf: plain)
    let inputs = try StoredInputs(reader, inputs)
    let weights = try FP8Layout.read(reader, weight: suffix, scale: suffix + "_scale", .row, inputs: inputs)
    return (weights.shape, weights)
  }
}
