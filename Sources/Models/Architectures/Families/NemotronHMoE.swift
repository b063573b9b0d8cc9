import Checkpoints

/// Nemotron 3 with experts: Nemotron-H whose feed-forward layers are plain experts, chosen by sigmoids and a correction, beside one for every
/// token.
///
/// Keys: `transformers` configuration_nemotron_h; names and metadata: llama.cpp `conversion/nemotron.py`.
struct NemotronHMoE: Architecture {
  private let base = NemotronH()

  var ggufName: String { "nemotron_h_moe" }
  var huggingFaceNames: [String] { base.huggingFaceNames }
  var modelTypes: [String] { base.modelTypes }
  var ggufKeyValueHeads: LayerNumbers.Form { .oneOrNone }
  var ggufFeedForward: LayerNumbers.Form { .oneOrNone }
  var epsilonKey: String { base.epsilonKey }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { base.ggufNames(shape) }
  var choices: DecoderChoices { base.choices }
  var fixedKeys: [FixedKey] {
    base.fixedKeys + [("moe_latent_size", .nothing), ("n_shared_experts", .number(1))]
  }
  // No layer is a feed-forward layer without experts, which that size is for.
  var adjustingKeys: [String] { base.adjustingKeys + ["intermediate_size"] }
  var adjustingGGUFKeys: [String] { base.adjustingGGUFKeys }
  var configKeys: ConfigKeys {
    var keys = base.configKeys
    keys.intermediate = "moe_intermediate_size"
    return keys
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "n_routed_experts"
      $0.olderCount = "num_local_experts"
      $0.sharedSize = "moe_shared_expert_intermediate_size"
      $0.gatesShared = false
      $0.scale = "routed_scaling_factor"
      $0.groups = ("n_group", "topk_group")
      $0.scores = .sigmoid
      $0.hasCorrection = true
      $0.normalizes = .whereNotSaid("norm_topk_prob", true)
    }
  }

  /// The class is that of models without experts, too.
  func fits(_ config: JSONObject) -> Bool {
    let names = ["layer_types", "layers_block_type"].compactMap { config.value($0)?.asArray }.joined()
    return names.contains(.string("moe")) || config.value("hybrid_override_pattern")?.asString?.contains("E") == true
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    let block = BlockBuilder(shape, layer: layer, isAlone: true)
    return (shape.choices.isFeedForward(layer: layer) ? block.plainExperts() : block.stateSpaceOrAttention()).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    NemotronH.names.adding([
      (.router, "mixer.gate"), (.routerCorrection, "mixer.gate.correction"),
      (.expertUp, "mixer.experts.{e}.up_proj"), (.expertDown, "mixer.experts.{e}.down_proj"),
      (.sharedUp, "mixer.shared_experts.up_proj"), (.sharedDown, "mixer.shared_experts.down_proj"),
    ]).fusing([
      FusedTensor("mixer.gate.e_score_correction_bias", [.routerCorrection]),
      FusedTensor("mixer.experts.up_proj", [.expertUp]), FusedTensor("mixer.experts.down_proj", [.expertDown]),
    ])
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { base.storage(role, shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try NemotronH.adjust(&shape, config, .experts)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try NemotronH.adjust(&shape, file, ggufName)
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("expert_shared_count", .number(1)), ("moe_latent_size", .number(0))]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    base.moreMetadata(shape) + [("expert_shared_count", .uint32(1))]
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { base.ggufObstacle(shape) }
  func ggufRemark(_ shape: DecoderShape) -> String? { base.ggufRemark(shape) }
}
