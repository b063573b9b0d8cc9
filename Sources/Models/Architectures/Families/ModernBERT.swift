import Checkpoints

/// ModernBERT as an encoder of sentences: norms before what reads the stream, gated feed-forward layers, positions that turn, and in two
/// of three layers a window to either side with positions of its own.
///
/// Keys: `transformers` configuration_modernbert; names and metadata: llama.cpp `conversion/bert.py`.
struct ModernBERT: Architecture {
  var ggufName: String { "modern-bert" }
  var huggingFaceNames: [String] { ["ModernBertModel"] }
  var modelTypes: [String] { ["modernbert"] }
  var fixedKeys: [FixedKey] {
    [
      ("attention_bias", .bool(false)), ("mlp_bias", .bool(false)), ("norm_bias", .bool(false)),
      // The class takes the one for half of `local_attention`, and the other for a part of both kinds of layers' positions.
      ("sliding_window", .nothing), ("rope_scaling", .nothing),
    ]
  }
  var adjustingKeys: [String] { ["global_attn_every_n_layers", Self.localBase] }
  var adjustingGGUFKeys: [String] {
    [
      "attention.causal", Pooling.ggufKey, "attention.sliding_window", "attention.sliding_window_pattern",
      "rope.freq_base_swa", Self.activationKey,
    ]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.normEpsilon = "norm_eps"
      $0.usualNormEpsilon = 1e-5
      $0.activation = "hidden_activation"
      $0.activations = [.gelu, .silu]
      $0.rotaryBase = 160_000
      $0.rotaryBaseKey = "global_rope_theta"
      $0.positionsDifferByLayer = true
      $0.windows = WindowKeys(
        size: Self.window, usual: Self.usualWindow, layers: Self.usualInterval.map(Self.hasWindow), positions: .local)
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layerWithoutBias
      $0.mask = .bidirectional
      $0.head = .embedding(.mean)
      $0.activation = .gelu
    }
  }

  private static let window = "local_attention"
  private static let localBase = "local_rope_theta"
  private static let activationKey = "hidden_activation"
  private static let usualWindow = 128
  private static let usualInterval = 0..<3

  /// Of every so many layers the first sees everything.
  private static func hasWindow(_ layer: Int) -> Bool { layer != 0 }

  private static func attention(window: Int?, every interval: Int) -> [AttentionRule] {
    (0..<interval).map { hasWindow($0) ? AttentionRule(window: window, positions: .local) : AttentionRule() }
  }

  // The first block reads what a norm left.
  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true, readsStream: layer == 0)
      .gatedFeedForward(isFused: true).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [(.tokenEmbedding, "embeddings.tok_embeddings"), (.embeddingNorm, "embeddings.norm")],
      blockPrefix: "layers.{}.",
      block: [
        (.attentionNorm, "attn_norm"), (.attentionQueryKeyValue, "attn.Wqkv"), (.attentionOutput, "attn.Wo"),
        (.feedForwardNorm, "mlp_norm"), (.feedForwardGateUp, "mlp.Wi"), (.feedForwardDown, "mlp.Wo"),
      ],
      after: [(.outputNorm, "final_norm")])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let size = try config.window(Self.window, fallback: Self.usualWindow) else {
      throw config.error(Self.window, expected: "the size of the window that most layers have")
    }
    if let interval = try config.optionalSize("global_attn_every_n_layers") {
      let implied = Self.attention(window: size, every: min(interval, 65_536))
      guard !config.has("layer_types") || shape.follows(implied) else {
        throw config.error("global_attn_every_n_layers", expected: "what layer_types says")
      }
      shape.choices.attention = implied
    }
    shape.choices.localRotary = try Gemma.localRotary(config, configKeys, shape, olderKey: Self.localBase)
  }

  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    try shape.pool(folder)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    if try file.metadata.optionalBool("modern-bert.attention.causal") ?? false {
      throw file.metadata.error("modern-bert.attention.causal", expected: "false: this is an encoder")
    }
    if let name = try file.metadata.optionalString("modern-bert.\(Self.activationKey)") {
      guard let activation = Activation(configName: name), configKeys.activations.contains(activation) else {
        throw file.metadata.error("modern-bert.\(Self.activationKey)", expected: "gelu or silu")
      }
      shape.choices.activation = activation
    }
    let base = try file.metadata.optionalPositiveNumber("modern-bert.rope.freq_base_swa") ?? 10_000
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.headSize)
    try shape.readWindows(
      file, ggufName, usual: Self.usualInterval.map(Self.hasWindow), beginsWithAll: true, positions: .local)
    try shape.pool(file, prefix: ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [
      ("attention.causal", .bool(false)),
      (Self.activationKey, .string(shape.choices.activation.configNames[0])),
    ]
    if let pooling = shape.choices.pooling { entries.append(pooling.metadata) }
    if shape.rotary.scaling == .none { entries.append(("rope.scaling.type", .string("none"))) }
    guard let size = shape.choices.window else { return entries }
    entries.append(("attention.sliding_window", .uint32(UInt32(size))))
    if let local = shape.choices.localRotary { entries.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    let interval = (2...max(2, shape.layers)).first { shape.follows(Self.attention(window: size, every: $0)) }
    entries.append(
      ("attention.sliding_window_pattern", interval.map { .uint32(UInt32($0)) } ?? shape.windowPattern))
    return entries
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if let local = shape.choices.localRotary, local.scaling != .none {
      return "found scaled positions in layers with a window, for which GGUF files have no key"
    }
    return nil
  }
}
