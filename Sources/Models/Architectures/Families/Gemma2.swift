import Checkpoints

/// Gemma 2: norms before and after, scores and logits that are capped, and every other layer with a window.
///
/// Keys: `transformers` configuration_gemma2; names and metadata: llama.cpp `conversion/gemma.py`.
struct Gemma2: Architecture {
  var ggufName: String { "gemma2" }
  var huggingFaceNames: [String] { ["Gemma2ForCausalLM"] }
  var modelTypes: [String] { ["gemma2"] }
  var fixedKeys: [FixedKey] { [("use_bidirectional_attention", .bool(false))] }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingKeys: [String] { ["query_pre_attn_scalar"] }
  var ggufOutput: GGUFOutput { .tied }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.activation = "hidden_activation"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.windows = WindowKeys(usual: 4096, layers: Self.usualWindows)
    }
  }
  private static let usualWindows = [true, false]

  var choices: DecoderChoices {
    DecoderChoices { $0.activation = .geluTanh }
  }
  var numbers: [NumberKey] {
    [
      NumberKey(
        \.attentionSoftCap, config: "attn_logit_softcapping", gguf: "attn_logit_softcapping", fallback: 50,
        ggufFallback: 50),
      NumberKey(
        \.logitSoftCap, config: "final_logit_softcapping", gguf: "final_logit_softcapping", fallback: 30,
        ggufFallback: 30),
    ]
  }

  var adjustingGGUFKeys: [String] { ["attention.sliding_window", "attention.sliding_window_pattern"] }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.freq_base_swa", .decimal(shape.rotary.base))]
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .both).attention().gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Gemma.names }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { Gemma.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Gemma.adjust(&shape, config)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    shape.choices.queryScale = Gemma.ggufQueryScale(shape, layersOfLargest: 46)
    try shape.readWindows(file, ggufName, usual: Self.usualWindows, fallback: 4096)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let window = shape.choices.attention.first(where: { $0.window != nil }), let size = window.window else {
      return [("attention.sliding_window_pattern", shape.windowPattern)]
    }
    let entries: [(key: String, value: GGUFValue)] = [("attention.sliding_window", .uint32(UInt32(size)))]
    return shape.follows([window, AttentionRule()])
      ? entries : entries + [("attention.sliding_window_pattern", shape.windowPattern)]
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.attentionSoftCap == nil || shape.choices.logitSoftCap == nil {
      return "found scores or logits without a cap, expected both with one, which is what llama.cpp assumes of gemma2"
    }
    return Gemma.queryObstacle(shape, layersOfLargest: 46)
  }
}

/// What the versions of Gemma share.
enum Gemma {
  static let names = CheckpointNames.llama
    .replacing([.feedForwardNorm: "pre_feedforward_layernorm"])
    .adding([
      (.attentionPostNorm, "post_attention_layernorm"), (.feedForwardPostNorm, "post_feedforward_layernorm"),
      (.attentionQueryNorm, "self_attn.q_norm"), (.attentionKeyNorm, "self_attn.k_norm"),
    ])

  /// Norms are stored less one; GGUF files hold them whole, and so does the decoder.
  static func storage(_ role: Role) -> WeightStorage {
    let norms: Set<Role> = [
      .attentionNorm, .attentionPostNorm, .attentionQueryNorm, .attentionKeyNorm, .feedForwardNorm,
      .feedForwardPostNorm, .outputNorm,
    ]
    return norms.contains(role) ? .shifted(by: 1) : .plain
  }

  /// Of what gates the embedding that a layer is given, and of what makes these embeddings.
  static let namesOfLayerInputs: [(role: Role, name: String)] = [
    (.layerInputGate, "per_layer_input_gate"), (.layerInputOutput, "per_layer_projection"),
    (.layerInputPostNorm, "post_per_layer_input_norm"),
  ]
  static let namesOfLayerEmbeddings: [(role: Role, name: String)] = [
    (.layerEmbedding, "model.embed_tokens_per_layer"),
    (.layerEmbeddingProjection, "model.per_layer_model_projection"),
    (.layerEmbeddingNorm, "model.per_layer_projection_norm"),
  ]

  /// Positions of layers with a window, whose base had a key of its own.
  static func localRotary(
    _ config: JSONObject, _ keys: ConfigKeys, _ shape: DecoderShape, olderKey: String = "rope_local_base_freq"
  ) throws(CheckpointError) -> RotaryEmbedding {
    var keys = keys
    keys.rotaryBase = 10_000
    let local = try RotaryEmbedding(
      config, keys, layers: .slidingAttention, headSize: shape.headSize, context: shape.contextLength)
    guard let older = try config.optionalPositiveNumber(olderKey) else { return local }
    let parameters = try config.optionalObject("rope_parameters")?.optionalObject("sliding_attention")
    if let stated = try parameters?.optionalPositiveNumber("rope_theta"), stated != older {
      throw config.error(olderKey, expected: "\(stated), as rope_theta of sliding_attention says")
    }
    return RotaryEmbedding(base: older, dimensions: local.dimensions, scaling: local.scaling)
  }

  /// Layers that take keys and values of others must have one of their kind that makes some.
  static func setSharing(
    _ shape: inout DecoderShape, _ count: Int, _ error: CheckpointError
  ) throws(CheckpointError) {
    guard count < shape.layers else { throw error }
    shape.choices.sharingLayers = count
    let (all, makers) = (min(shape.layers, 65_536), shape.layers - count)
    func kinds(_ layers: Range<Int>) -> Set<Bool> {
      Set(layers.map { shape.choices.attention(layer: $0).window != nil })
    }
    guard count == 0 || kinds(0..<min(makers, all)) == kinds(0..<all) else { throw error }
  }

  static func embeddingMultiplier(_ shape: DecoderShape) -> Float { Float(shape.hiddenSize).squareRoot() }

  static func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = embeddingMultiplier(shape)
    let scalar = try config.optionalPositiveNumber("query_pre_attn_scalar") ?? 256
    shape.choices.queryScale = Float(1 / scalar.squareRoot())
  }

  /// What llama.cpp assumes: no key says it. The largest member scales by what heads would have if they shared the
  /// hidden size.
  static func ggufQueryScale(_ shape: DecoderShape, layersOfLargest layers: Int) -> Float {
    1 / Float(shape.layers == layers ? shape.hiddenSize / shape.heads : shape.headSize).squareRoot()
  }

  static func queryObstacle(_ shape: DecoderShape, layersOfLargest layers: Int) -> String? {
    let assumed = ggufQueryScale(shape, layersOfLargest: layers)
    guard let scale = shape.choices.queryScale, abs(scale / assumed - 1) > 1e-6 else { return nil }
    return "found a query_pre_attn_scalar of \(1 / (scale * scale)), expected \(1 / (assumed * assumed)), "
      + "which is what llama.cpp assumes of this size"
  }
}
