import Checkpoints

/// The language model of Qwen2-VL and Qwen2.5-VL: Qwen2 whose positions have sections of time, height and width.
///
/// Keys: `transformers` configuration_qwen2_vl and configuration_qwen2_5_vl; names and metadata: llama.cpp `conversion/qwenvl.py`.
struct Qwen2VL: Architecture {
  var ggufName: String { "qwen2vl" }
  var huggingFaceNames: [String] { ["Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration"] }
  var modelTypes: [String] { ["qwen2_vl_text", "qwen2_5_vl_text"] }
  var adjustingKeys: [String] { Qwen2.windowKeys }
  var adjustingGGUFKeys: [String] { [PositionSections.ggufKey] }
  var choices: DecoderChoices { Qwen2().choices }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.headSize = nil
      $0.usualNormEpsilon = 1e-5
      $0.rotaryBase = 1_000_000
      $0.knowsSections = true
    }
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = try Qwen2.attention(shape, config, usualFirst: 80)
    shape.choices.positionSections = try PositionSections.read(
      config, usual: [16, 24, 24], dividing: shape.rotary.dimensions / 2)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.positionSections = try PositionSections.read(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { PositionSections.metadata(shape) }
}
