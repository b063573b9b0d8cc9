import Checkpoints

/// GLM-4.5 and later: Llama with experts chosen by sigmoids and a correction, beside one for every token, behind some layers
/// without any.
///
/// Keys: `transformers` configuration_glm4_moe; names and metadata: llama.cpp `conversion/glm.py`.
struct GLM4MoE: Architecture {
  var ggufName: String { "glm4moe" }
  var huggingFaceNames: [String] { ["Glm4MoeForCausalLM"] }
  var modelTypes: [String] { ["glm4_moe"] }
  var biasKeys: [BiasKey] { [.inputs("attention_bias")] }
  var ggufReadsBiases: Bool { true }
  var adjustingKeys: [String] { ["use_qk_norm", "num_nextn_predict_layers"] }
  var mayHaveDraftBlocks: Bool { true }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { SeedOSS().ggufNames(shape) }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.5
    }
  }
  var expertKeys: ExpertKeys? { DeepRouter.normalizingKeys }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: shape.choices.normsHeads ? .eachHead : .none).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { DeepRouter.names }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.dimension_sections", .nothing)]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.normsHeads = try config.optionalBool("use_qk_norm") ?? false
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.normsHeads = file.has("blk.0.attn_q_norm.weight")
  }
}

/// What families share whose routers are like that of DeepSeek V3.
enum DeepRouter {
  static let keys = ExpertKeys {
    $0.count = "n_routed_experts"
    $0.olderCount = "num_local_experts"
    $0.sharedCount = "n_shared_experts"
    $0.gatesShared = false
    $0.denseLayers = "first_k_dense_replace"
    $0.scale = "routed_scaling_factor"
    $0.groups = ("n_group", "topk_group")
    $0.scores = .sigmoid
    $0.hasCorrection = true
    $0.normalizes = .whereNotSaid("norm_topk_prob", false)
  }

  /// Where weights are brought to a sum of 1 unless a file says otherwise.
  static let normalizingKeys: ExpertKeys = {
    var keys = Self.keys
    keys.normalizes = .whereNotSaid("norm_topk_prob", true)
    keys.ggufSaysScores = true
    return keys
  }()

  static let names = SparseNames.qwen
    .adding([
      (.routerCorrection, "mlp.gate.correction"), (.sharedGate, "mlp.shared_experts.gate_proj"),
      (.sharedUp, "mlp.shared_experts.up_proj"), (.sharedDown, "mlp.shared_experts.down_proj"),
    ])
    .fusing(SparseNames.fused + [FusedTensor("mlp.gate.e_score_correction_bias", [.routerCorrection])])
}
