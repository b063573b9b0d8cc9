import Checkpoints

/// Nemotron-H and Nemotron Nano 2: each layer is a state space, attention without positions, or a plain feed-forward layer through a squared
/// ReLU, and nothing else.
///
/// Keys: `transformers` configuration_nemotron_h; names and metadata: llama.cpp `conversion/nemotron.py`.
struct NemotronH: Architecture {
  var ggufName: String { "nemotron_h" }
  var huggingFaceNames: [String] { ["NemotronHForCausalLM"] }
  var modelTypes: [String] { ["nemotron_h"] }
  var ggufKeyValueHeads: LayerNumbers.Form { .oneOrNone }
  var ggufFeedForward: LayerNumbers.Form { .oneOrNone }
  // llama.cpp asks for this key, and takes it for norms of root mean squares where the other is missing.
  var epsilonKey: String { "attention.layer_norm_epsilon" }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { [.feedForwardNorm: Role.attentionNorm.ggufName] }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.activation = .reluSquared
      $0.attention = [AttentionRule(positions: .none)]
    }
  }
  var fixedKeys: [FixedKey] {
    [
      ("mamba_hidden_act", .string("silu")), ("use_bias", .bool(false)), ("mlp_bias", .bool(false)),
      ("attention_bias", .bool(false)), ("mamba_proj_bias", .bool(false)), ("sliding_window", .nothing),
      // Older names that the class in transformers takes.
      ("mamba_n_groups", .nothing), ("mamba_d_conv", .nothing), ("mamba_dt_min", .nothing),
      ("mamba_conv_bias", .nothing),
    ]
  }
  var adjustingKeys: [String] {
    [
      "layers_block_type", "layer_types", "hybrid_override_pattern", "mamba_num_heads", "mamba_head_dim", "n_groups",
      "ssm_state_size", "conv_kernel", "use_conv_bias", "time_step_min", "time_step_limit", "num_hidden_layers",
      // Heads say how wide state spaces are, and tensors of drafts are told by their names.
      "expand", "num_nextn_predict_layers",
    ]
  }
  var adjustingGGUFKeys: [String] { StateSpaceKeys.gguf + ["attention.layer_norm_rms_epsilon"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.listsLayers = true
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 128
      $0.normEpsilon = "layer_norm_epsilon"
      $0.activation = "mlp_hidden_act"
      $0.activations = [.reluSquared]
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    let block = BlockBuilder(shape, layer: layer, isAlone: true)
    return (shape.choices.isFeedForward(layer: layer) ? block.feedForward() : block.stateSpaceOrAttention()).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Self.names }

  static let names = CheckpointNames(
    before: [(.output, "lm_head"), (.tokenEmbedding, "backbone.embeddings")], blockPrefix: "backbone.layers.{}.",
    block: [
      (.attentionNorm, "norm"), (.feedForwardNorm, "norm"), (.attentionQuery, "mixer.q_proj"),
      (.attentionKey, "mixer.k_proj"), (.attentionValue, "mixer.v_proj"), (.attentionOutput, "mixer.o_proj"),
      (.feedForwardUp, "mixer.up_proj"), (.feedForwardDown, "mixer.down_proj"),
    ] + StateSpaceKeys.tensors(in: "mixer"), after: [(.outputNorm, "backbone.norm_f")])

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { StateSpaceKeys.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Self.adjust(&shape, config, .feedForward)
  }

  /// - Parameter other: what layers are that are neither attention nor a state space.
  static func adjust(_ shape: inout DecoderShape, _ config: JSONObject, _ other: Kind) throws(CheckpointError) {
    let kinds = try kinds(config, other)
    shape.layers = kinds.count
    shape.choices.feedForwardLayers = kinds.map { $0 == other }
    guard try config.stepLimits("time_step_limit") == StateSpace.anyStep else {
      throw config.error("time_step_limit", expected: "0 and Infinity: in transformers time_step_min alone is a limit")
    }
    let heads = try config.size("mamba_num_heads")
    let space = StateSpace(
      heads: heads, headSize: try config.size("mamba_head_dim"), groups: try config.size("n_groups"),
      stateSize: try config.size("ssm_state_size"), taps: try config.size("conv_kernel"),
      hasConvolutionBias: try config.optionalBool("use_conv_bias") ?? true,
      stepLimits: Float(try config.optionalPositiveNumber("time_step_min") ?? 0.001)...Float.infinity,
      layers: kinds.map { $0 == .stateSpace })
    guard space.innerSize <= Int(Int32.max), space.hasWholeGroups else {
      throw config.error("n_groups", expected: "a divisor of mamba_num_heads, \(heads), with keys of fewer columns")
    }
    shape.choices.stateSpace = space
  }

  enum Kind: Character {
    case stateSpace = "M"
    case attention = "*"
    case feedForward = "-"
    case experts = "E"

    init?(name: String) {
      switch name {
      case "linear_attention", "mamba": self = .stateSpace
      case "full_attention", "attention": self = .attention
      case "mlp": self = .feedForward
      case "moe": self = .experts
      default: return nil
      }
    }
  }

  /// What each layer is, by a list of names or by a letter for each.
  private static func kinds(_ config: JSONObject, _ other: Kind) throws(CheckpointError) -> [Kind] {
    let known: Set<Kind> = [.stateSpace, .attention, other]
    try config.agree("layers_block_type", with: "layer_types")
    let (key, letters) = (config.has("layer_types") ? "layer_types" : "layers_block_type", "hybrid_override_pattern")
    let names = try config.optionalStrings(key)
    let listed = names?.compactMap { Kind(name: $0) }.filter(known.contains)
    guard listed?.count == names?.count else {
      throw config.error(key, expected: "linear_attention, full_attention and either mlp or moe")
    }
    let pattern = try config.optionalString(letters)
    let spelled = pattern?.compactMap { Kind(rawValue: $0) }.filter(known.contains)
    guard spelled?.count == pattern?.count else {
      throw config.error(letters, expected: "M, * and either - or E")
    }
    guard let kinds = listed ?? spelled, kinds.contains(other), kinds.count <= 65_536 else {
      throw config.error(names == nil ? letters : key, expected: "all layers, with a feed-forward layer among them")
    }
    guard spelled ?? kinds == kinds else { throw config.error(letters, expected: "what \(key) says") }
    guard try config.optionalSize("num_hidden_layers") ?? kinds.count == kinds.count else {
      throw config.error("num_hidden_layers", expected: "\(kinds.count), as layers are listed")
    }
    return kinds
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try Self.adjust(&shape, file, ggufName)
  }

  static func adjust(_ shape: inout DecoderShape, _ file: GGUFFile, _ prefix: String) throws(CheckpointError) {
    let keys = file.metadata
    let feedForward = try LayerNumbers.read(keys, prefix, LayerNumbers.feedForward).map { $0 > 0 }
    let heads = try LayerNumbers.read(keys, prefix)
    shape.choices.feedForwardLayers = feedForward
    shape.choices.stateSpace = try StateSpaceKeys.space(
      file, prefix, layers: zip(heads, feedForward).map { $0 == 0 && !$1 })
    // In llama.cpp heads count nothing in a feed-forward layer, and the usual key more than the one that it asks for.
    if let epsilon = try keys.optionalPositiveNumber("\(prefix).attention.layer_norm_rms_epsilon") {
      shape.normEpsilon = Float(epsilon)
    }
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    (shape.choices.stateSpace.map(StateSpaceKeys.metadata) ?? []) + [("rope.scaling.finetuned", .bool(false))]
  }

  /// Those of experts, which this version does not have.
  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [
      ("expert_feed_forward_length", .number(0)), ("expert_shared_feed_forward_length", .number(0)),
      ("expert_shared_count", .number(0)), ("expert_weights_norm", .bool(false)), ("expert_weights_scale", .number(0)),
      ("moe_latent_size", .number(0)),
    ]
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { shape.choices.stateSpace.flatMap(StateSpaceKeys.obstacle) }

  func ggufRemark(_ shape: DecoderShape) -> String? { shape.choices.stateSpace.flatMap(StateSpaceKeys.remark) }
}
