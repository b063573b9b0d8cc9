import Checkpoints

/// Qwen 3.5 MoE: Qwen 3.5 whose feed-forward layers are experts, beside one that every token goes to.
///
/// Keys: `transformers` configuration_qwen3_5_moe; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen35MoE: Architecture {
  var ggufName: String { "qwen35moe" }
  var huggingFaceNames: [String] { ["Qwen3_5MoeForCausalLM"] }
  var modelTypes: [String] { ["qwen3_5_moe_text"] }
  var biasKeys: [BiasKey] { Qwen35().biasKeys }
  var draftModules: [String] { Qwen35().draftModules }
  var adjustingKeys: [String] { Qwen35().adjustingKeys }
  var adjustingGGUFKeys: [String] { Qwen35().adjustingGGUFKeys }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { DeltaNames.gguf }
  var configKeys: ConfigKeys {
    var keys = Qwen35().configKeys
    keys.usualKeyValueHeads = 2
    keys.intermediate = nil
    return keys
  }
  var expertKeys: ExpertKeys? { ExpertKeys { $0.sharedSize = "shared_expert_intermediate_size" } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).deltaNetOrAttention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Qwen2MoE().names(shape).adding(DeltaNames.tensors) }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { DeltaNames.storage(role, shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Qwen35().adjust(&shape, config)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.deltaNet = try DeltaKeys.net(file, ggufName, shape, order: .tiled, hasJointGates: false)
    shape.choices.positionSections = try PositionSections.read(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { Qwen35().moreMetadata(shape) }
  func ggufObstacle(_ shape: DecoderShape) -> String? { Qwen35().ggufObstacle(shape) }
  func ggufRemark(_ shape: DecoderShape) -> String? { DeltaKeys.remark(shape) }
}
