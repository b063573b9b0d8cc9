/// `quantization_config` of gpt-oss and transformers (`quant_method: mxfp4`): which modules have no codes. The tensors say the
/// rest.
package struct MXFP4Settings: Sendable, Equatable {
  let plain: ModuleNames

  /// The keys of `Mxfp4Config` of transformers 5.23.
  package static let keys = KeyTable(
    "MXFP4", read: ["quant_method", "modules_to_not_convert"],
    withoutEffect: ["it says when weights are decoded": ["dequantize"]])

  init(_ settings: JSONObject) throws(CheckpointError) {
    plain = try ModuleNames(settings, "modules_to_not_convert")
  }
}
