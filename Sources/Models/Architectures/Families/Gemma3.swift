import Checkpoints

/// Gemma 3's language model: Gemma 2 with a norm over each head of queries and keys instead of caps, and five of six
/// layers with a window and positions of their own.
///
/// Keys: `transformers` configuration_gemma3; names and metadata: llama.cpp `conversion/gemma.py`.
package struct Gemma3: Architecture {
  package init() {}

  package var ggufName: String { "gemma3" }
  package var huggingFaceNames: [String] { ["Gemma3ForCausalLM"] }
  package var modelTypes: [String] { ["gemma3_text"] }
  package var adjustingKeys: [String] {
    Gemma2().adjustingKeys + ["attn_logit_softcapping", "sliding_window_pattern", "rope_local_base_freq"]
  }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.activation = "hidden_activation"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.rotaryBase = 1_000_000
      $0.positionsDifferByLayer = true
    }
  }
  package var choices: DecoderChoices {
    DecoderChoices { $0.activation = .geluTanh }
  }
  package var numbers: [NumberKey] {
    [NumberKey(\.logitSoftCap, config: "final_logit_softcapping", gguf: "final_logit_softcapping")]
  }

  package var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa"]
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .both).attention(norm: .eachHead).gatedFeedForward().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames { Gemma.names }
  package func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { Gemma.storage(role) }

  /// Every sixth layer sees everything.
  private static func usualAttention(window size: Int, every interval: Int = 6) -> [AttentionRule] {
    (1...interval).map { $0 == interval ? AttentionRule() : AttentionRule(window: size, positions: .local) }
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    if try config.optionalBool("use_bidirectional_attention") ?? false {
      throw config.error("use_bidirectional_attention", expected: "false: this is a model for generation")
    }
    if config.has("attn_logit_softcapping") { throw config.error("attn_logit_softcapping", expected: "nothing") }
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    let scalar = try config.optionalPositiveNumber("query_pre_attn_scalar") ?? 256
    shape.choices.queryScale = Float(1 / scalar.squareRoot())
    let window = AttentionRule(window: try config.window(fallback: 4096), positions: .local)
    let rules = try config.attentionRules(layers: shape.layers, window: window)
    let stated = try config.optionalSize("sliding_window_pattern")
    let interval = min(stated ?? 6, 65_536)
    let implied = (0..<min(shape.layers, 65_536)).map { ($0 + 1) % interval == 0 ? AttentionRule() : window }
    guard stated == nil || rules == nil || rules == implied else {
      throw config.error("sliding_window_pattern", expected: "what layer_types says")
    }
    guard window.window != nil || rules != nil else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.attention = rules ?? Array(implied.prefix(interval))
    shape.choices.localRotary = try localRotary(config, shape)
  }

  private func localRotary(_ config: JSONObject, _ shape: DecoderShape) throws(CheckpointError) -> RotaryEmbedding {
    var keys = configKeys
    keys.rotaryBase = 10_000
    let local = try RotaryEmbedding(
      config, keys, layers: .slidingAttention, headSize: shape.headSize, context: shape.contextLength)
    guard let older = try config.optionalPositiveNumber("rope_local_base_freq") else { return local }
    let parameters = try config.optionalObject("rope_parameters")?.optionalObject("sliding_attention")
    if let stated = try parameters?.optionalPositiveNumber("rope_theta"), stated != older {
      throw config.error("rope_local_base_freq", expected: "\(stated), as rope_theta of sliding_attention says")
    }
    return RotaryEmbedding(base: older, dimensions: local.dimensions, scaling: local.scaling)
  }

  package func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    shape.choices.queryScale = Gemma.ggufQueryScale(shape, layersOfLargest: 62)
    let base = try file.metadata.optionalPositiveNumber("gemma3.rope.freq_base_swa") ?? 10_000
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.headSize)
    guard let size = try file.metadata.optionalSize("gemma3.attention.sliding_window") else { return }
    let rules = try file.attentionRules(
      ggufName, layers: shape.layers, window: AttentionRule(window: size, positions: .local))
    shape.choices.attention = rules ?? Self.usualAttention(window: size)
  }

  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let size = shape.choices.attention.lazy.compactMap(\.window).first else { return [] }
    var entries: [(key: String, value: GGUFValue)] = [("attention.sliding_window", .uint32(UInt32(size)))]
    if let local = shape.choices.localRotary { entries.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    if !shape.follows(Self.usualAttention(window: size)) {
      entries.append(("attention.sliding_window_pattern", shape.windowPattern))
    }
    return entries
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if !shape.choices.biases.isEmpty {
      return "found attention_bias, for which llama.cpp has no tensors in models of type gemma3"
    }
    if let local = shape.choices.localRotary, local.scaling != .none {
      return "found scaled positions in layers with a window, for which GGUF files have no key"
    }
    return Gemma.queryObstacle(shape, layersOfLargest: 62)
  }
}
