import Checkpoints

/// The language model of Qwen3-VL with experts: Qwen3 MoE with the positions of Qwen3-VL.
///
/// Keys: `transformers` configuration_qwen3_vl_moe; names and metadata: llama.cpp `conversion/qwen3vl.py`.
struct Qwen3VLMoE: Architecture {
  var ggufName: String { "qwen3vlmoe" }
  var huggingFaceNames: [String] { ["Qwen3VLMoeForConditionalGeneration"] }
  var modelTypes: [String] { ["qwen3_vl_moe_text"] }
  var fixedKeys: [FixedKey] { SparseNames.everyLayer }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingGGUFKeys: [String] { Qwen3VL().adjustingGGUFKeys }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 16
      $0.rotaryBase = 500_000
    }
  }
  var expertKeys: ExpertKeys? { ExpertKeys { $0.olderCount = "num_local_experts" } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Qwen3MoE().block(shape, layer: layer) }

  /// Published on their side, and upright where transformers held them.
  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.fusing(
      [
        FusedTensor("mlp.experts.gate_up_proj", [.expertGate, .expertUp], isTransposed: true),
        FusedTensor("mlp.experts.down_proj", [.expertDown], isTransposed: true),
      ] + SparseNames.fused)
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Qwen3VL().adjust(&shape, config)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.positionSections = try PositionSections.read(file, ggufName)
    shape.choices.deepStackLayers = try DeepStack.layers(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { Qwen3VL().moreMetadata(shape) }
  func ggufObstacle(_ shape: DecoderShape) -> String? { PositionSections.obstacle(shape) }
}
