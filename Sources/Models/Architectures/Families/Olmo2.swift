import Checkpoints

/// OLMo 2: norms after attention and feed-forward instead of before, and over all queries and all keys.
///
/// It reads GGUF files of OLMo 3 too, which llama.cpp calls the same. Keys: `transformers` configuration_olmo2; names and metadata: llama.cpp `conversion/olmo.py`.
package struct Olmo2: Architecture {
  package init() {}

  package var ggufName: String { "olmo2" }
  package var huggingFaceNames: [String] { ["Olmo2ForCausalLM"] }
  package var modelTypes: [String] { ["olmo2"] }
  package var adjustingKeys: [String] { ["attention_bias"] }

  package var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa"]
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .after).attention(norm: .allHeads).gatedFeedForward().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([
      (.attentionPostNorm, "post_attention_layernorm"), (.feedForwardPostNorm, "post_feedforward_layernorm"),
    ])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
  }

  package func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    guard let size = try file.metadata.optionalSize("olmo2.attention.sliding_window") else { return }
    let window = AttentionRule(window: size, positions: .local)
    let base = try file.metadata.optionalPositiveNumber("olmo2.rope.freq_base_swa") ?? shape.rotary.base
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.rotary.dimensions)
    let rules = try file.attentionRules(ggufName, layers: shape.layers, window: window)
    shape.choices.attention = rules ?? [window, window, window, AttentionRule()]
  }

  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let window = shape.choices.attention.lazy.compactMap(\.window).first else { return [] }
    return [
      ("attention.sliding_window", .uint32(UInt32(window))),
      ("attention.sliding_window_pattern", shape.windowPattern),
      ("rope.freq_base_swa", .float32(Float(shape.choices.localRotary?.base ?? shape.rotary.base))),
    ]
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if !shape.choices.biases.isEmpty {
      return "found attention_bias, for which llama.cpp has no tensors in models of type olmo2"
    }
    return shape.tiedOutput ? "found a tied output, which llama.cpp does not know in models of type olmo2" : nil
  }
}
