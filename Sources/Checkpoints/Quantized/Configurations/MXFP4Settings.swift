/// `quantization_config` of gpt-oss and transformers (`quant_method: mxfp4`): which modules have no codes. The tensors say the
/// rest.
package struct MXFP4Settings: QuantizationMethod {
  package static let name = "mxfp4"

  let plain: ModuleNames

  /// The keys of `Mxfp4Config` of transformers 5.23.
  package static let keys = KeyTable(
    "MXFP4", read: ["quant_method", "modules_to_not_convert"],
    withoutEffect: ["it says when weights are decoded": ["dequantize"]])

  package init(_ settings: JSONObject) throws(CheckpointError) {
    plain = try ModuleNames(settings, "modules_to_not_convert")
  }
}

extension MXFP4Settings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { try Self.keys.check(settings) }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    tensor.name.hasSuffix("_blocks") ? QuantizedMatrixName(String(tensor.name.dropLast("_blocks".count))) : nil
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    try check(reader, isNoneOf: plain)
    let weights = try MXFP4BlocksWeights(reader, suffix)
    return (weights.shape, weights)
  }
}
