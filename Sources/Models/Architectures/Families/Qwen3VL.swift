import Checkpoints

/// The language model of Qwen3-VL: Qwen3 whose positions have sections of time, height and width. To what its first blocks give out
/// the vision tower adds something, which for text is nothing.
///
/// Keys: `transformers` configuration_qwen3_vl; names and metadata: llama.cpp `conversion/qwen3vl.py`.
struct Qwen3VL: Architecture {
  var ggufName: String { "qwen3vl" }
  var huggingFaceNames: [String] { ["Qwen3VLForConditionalGeneration"] }
  var modelTypes: [String] { ["qwen3_vl_text"] }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingGGUFKeys: [String] { [PositionSections.ggufKey, DeepStack.ggufKey] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 32
      $0.usualHeadSize = 128
      $0.rotaryBase = 500_000
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Qwen3().block(shape, layer: layer) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.positionSections = try PositionSections.read(config, usual: [24, 20, 20])
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.positionSections = try PositionSections.read(file, ggufName)
    shape.choices.deepStackLayers = try DeepStack.layers(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    PositionSections.metadata(shape) + DeepStack.metadata(shape)
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { PositionSections.obstacle(shape) }
}

/// To how many blocks a vision tower adds what it saw, which is nothing for text: GGUF files say it for what is no text.
///
/// Meng et al., "DeepStack" (2024).
enum DeepStack {
  static let ggufKey = "n_deepstack_layers"

  /// As a whole configuration says it.
  static func layers(_ config: JSONObject) throws(CheckpointError) -> Int {
    let tower = try config.optionalObject("vision_config")
    return try tower?.optionalIntegers("deepstack_visual_indexes")?.count ?? 3
  }

  static func layers(_ file: GGUFFile, _ prefix: String) throws(CheckpointError) -> Int {
    let key = "\(prefix).\(ggufKey)"
    return file.metadata.value(key) == nil ? 0 : try file.metadata.count(key)
  }

  static func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [(ggufKey, .uint32(UInt32(shape.choices.deepStackLayers)))]
  }
}
