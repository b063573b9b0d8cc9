import Checkpoints

/// Qwen3-Next: gated attention in every fourth layer, delta nets in the others, and experts beside one that every token goes to.
///
/// Keys: `transformers` configuration_qwen3_next; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen3Next: Architecture {
  var ggufName: String { "qwen3next" }
  var huggingFaceNames: [String] { ["Qwen3NextForCausalLM"] }
  var modelTypes: [String] { ["qwen3_next"] }
  var fixedKeys: [FixedKey] { SparseNames.everyLayer }
  var biasKeys: [BiasKey] { [.attention] }
  var draftModules: [String] { ["mtp"] }
  var adjustingKeys: [String] { DeltaKeys.config }
  var adjustingGGUFKeys: [String] { DeltaKeys.gguf }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { DeltaNames.gguf }
  var configKeys: ConfigKeys {
    var keys = Qwen35().configKeys
    keys.usualKeyValueHeads = 2
    return keys
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.sharedSize = "shared_expert_intermediate_size"
      $0.normalizes = .where("norm_topk_prob", usual: true, inGGUF: true)
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).deltaNetOrAttention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    let names = Qwen2MoE().names(shape)
    return names.adding(DeltaNames.tensors + [(.deltaBetaAlpha, "linear_attn.in_proj_ba")])
      .fusing(names.fused + DeltaNames.joined(shape))
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { DeltaNames.storage(role, shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.deltaNet = try DeltaKeys.net(config, layers: shape.layers, order: .grouped, hasJointGates: true)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.deltaNet = try DeltaKeys.net(file, ggufName, shape, order: .grouped, hasJointGates: true)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    shape.choices.deltaNet.map(DeltaKeys.metadata) ?? []
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { shape.choices.deltaNet.flatMap(DeltaKeys.obstacle) }
  func ggufRemark(_ shape: DecoderShape) -> String? { DeltaKeys.remark(shape) }
}
