import Checkpoints

/// Gemma 3's language model: Gemma 2 with a norm over each head of queries and keys instead of caps, and five of six
/// layers with a window and positions of their own.
///
/// Keys: `transformers` configuration_gemma3; names and metadata: llama.cpp `conversion/gemma.py`.
struct Gemma3: Architecture {
  var ggufName: String { "gemma3" }
  var huggingFaceNames: [String] { ["Gemma3ForCausalLM"] }
  var modelTypes: [String] { ["gemma3_text"] }
  var fixedKeys: [FixedKey] { Gemma2().fixedKeys + [("attn_logit_softcapping", .nothing)] }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingKeys: [String] {
    Gemma2().adjustingKeys + ["sliding_window_pattern", "rope_local_base_freq"]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.activation = "hidden_activation"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.rotaryBase = 1_000_000
      $0.positionsDifferByLayer = true
      $0.windows = WindowKeys(usual: 4096, layers: Self.usualWindows, positions: .local)
    }
  }
  var choices: DecoderChoices {
    DecoderChoices { $0.activation = .geluTanh }
  }
  var numbers: [NumberKey] {
    [NumberKey(\.logitSoftCap, config: "final_logit_softcapping", gguf: "final_logit_softcapping")]
  }

  var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa"]
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .both).attention(norm: .eachHead).gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Gemma.names }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { Gemma.storage(role) }

  private static let usualWindows = [true, true, true, true, true, false]

  /// Of every so many layers the last sees everything.
  private static func attention(window size: Int?, every interval: Int) -> [AttentionRule] {
    (1...interval).map { $0 == interval ? AttentionRule() : AttentionRule(window: size, positions: .local) }
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Gemma.adjust(&shape, config)
    if let interval = try config.optionalSize("sliding_window_pattern") {
      let implied = Self.attention(window: shape.choices.window, every: min(interval, 65_536))
      guard !config.has("layer_types") || shape.follows(implied) else {
        throw config.error("sliding_window_pattern", expected: "what layer_types says")
      }
      shape.choices.attention = implied
    }
    guard shape.choices.window != nil || config.has("layer_types") else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.localRotary = try Gemma.localRotary(config, configKeys, shape)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    shape.choices.queryScale = Gemma.ggufQueryScale(shape, layersOfLargest: 62)
    let base = try file.metadata.optionalPositiveNumber("gemma3.rope.freq_base_swa") ?? 10_000
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.headSize)
    try shape.readWindows(file, ggufName, usual: Self.usualWindows, positions: .local)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let size = shape.choices.window else { return [] }
    var entries: [(key: String, value: GGUFValue)] = [("attention.sliding_window", .uint32(UInt32(size)))]
    if let local = shape.choices.localRotary { entries.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    if !shape.follows(Self.attention(window: size, every: Self.usualWindows.count)) {
      entries.append(("attention.sliding_window_pattern", shape.windowPattern))
    }
    return entries
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if let local = shape.choices.localRotary, local.scaling != .none {
      return "found scaled positions in layers with a window, for which GGUF files have no key"
    }
    return Gemma.queryObstacle(shape, layersOfLargest: 62)
  }
}
