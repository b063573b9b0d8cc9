import Checkpoints

/// Qwen 3.5: Qwen3 with gated attention in every fourth layer and delta nets in the others.
///
/// Keys: `transformers` configuration_qwen3_5; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen35: Architecture {
  var ggufName: String { "qwen35" }
  var huggingFaceNames: [String] { ["Qwen3_5ForCausalLM"] }
  var modelTypes: [String] { ["qwen3_5_text"] }
  var biasKeys: [BiasKey] { [.attention] }
  var draftModules: [String] { ["mtp"] }
  var adjustingKeys: [String] { DeltaKeys.config }
  var adjustingGGUFKeys: [String] { DeltaKeys.gguf + [PositionSections.ggufKey] }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { DeltaNames.gguf }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.usualHeadSize = 256
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.25
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).deltaNetOrAttention().gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { CheckpointNames.llama.adding(DeltaNames.tensors) }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { DeltaNames.storage(role, shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.deltaNet = try DeltaKeys.net(config, layers: shape.layers, order: .tiled, hasJointGates: false)
    shape.choices.positionSections = try PositionSections.read(config, usual: [11, 11, 10])
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.deltaNet = try DeltaKeys.net(file, ggufName, shape, order: .tiled, hasJointGates: false)
    shape.choices.positionSections = try PositionSections.read(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    (shape.choices.deltaNet.map(DeltaKeys.metadata) ?? []) + PositionSections.metadata(shape)
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.choices.deltaNet.flatMap(DeltaKeys.obstacle) ?? PositionSections.obstacle(shape)
  }

  func ggufRemark(_ shape: DecoderShape) -> String? { DeltaKeys.remark(shape) }
}
