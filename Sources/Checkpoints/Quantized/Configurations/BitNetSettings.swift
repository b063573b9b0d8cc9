/// `quantization_config` of BitNet b1.58 checkpoints as transformers stores them (`quant_method: bitnet`).
package struct BitNetSettings: QuantizationMethod {
  package static let name = "bitnet"

  /// What the scale of a matrix does.
  let scale: BitNetWeights.Scale
  let plain: ModuleNames

  /// The keys of `BitNetQuantConfig` of transformers 5.23.
  package static let keys = KeyTable(
    "BitNet", read: ["quant_method", "linear_class", "quantization_mode", "use_rms_norm", "modules_to_not_convert"],
    withoutEffect: ["it is of norms that only use_rms_norm adds": ["rms_norm_eps"]])

  package init(_ settings: JSONObject) throws(CheckpointError) {
    let classes: [String: BitNetWeights.Scale] = ["bitlinear": .divides, "autobitlinear": .multiplies]
    let name = try settings.optionalString("linear_class") ?? "bitlinear"
    guard let scale = classes[name] else {
      throw settings.error("linear_class", expected: "bitlinear or autobitlinear")
    }
    self.scale = scale
    let mode = try settings.optionalString("quantization_mode") ?? "offline"
    guard ["offline", "online"].contains(mode) else {
      throw settings.error("quantization_mode", expected: "offline or online")
    }
    guard mode == "offline" || scale == .divides else {
      throw settings.error(
        "quantization_mode",
        expected: "offline: weights that are made ternary while the model runs are no ternary weights yet")
    }
    guard try !(settings.optionalBool("use_rms_norm") ?? false) else {
      throw settings.error("use_rms_norm", expected: "false: this version knows no norm of each matrix's inputs")
    }
    plain = try ModuleNames(settings, "modules_to_not_convert")
  }

  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { try Self.keys.check(settings) }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    let isPacked = tensor.storage.name == "U8" || stored[tensor.name + "_scale"] != nil
    return isPacked ? QuantizedMatrixName(tensor, endingIn: ".weight") : nil
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    try check(reader, isNoneOf: plain)
    let weights = try BitNetWeights(reader, scale)
    return ([weights.rows, weights.columns], weights)
  }
}
