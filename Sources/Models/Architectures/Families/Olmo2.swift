import Checkpoints

/// OLMo 2: norms after attention and feed-forward instead of before, and over all queries and all keys.
///
/// It reads GGUF files of OLMo 3 too, which llama.cpp calls the same. Keys: `transformers` configuration_olmo2; names and metadata: llama.cpp `conversion/olmo.py`.
struct Olmo2: Architecture {
  var ggufName: String { "olmo2" }
  var huggingFaceNames: [String] { ["Olmo2ForCausalLM"] }
  var modelTypes: [String] { ["olmo2"] }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufOutput: GGUFOutput { .untied }

  var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa"]
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .after).attention(norm: .allHeads).gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([
      (.attentionPostNorm, "post_attention_layernorm"), (.feedForwardPostNorm, "post_feedforward_layernorm"),
    ])
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try shape.readWindows(file, ggufName, usual: [true, true, true, false], positions: .local)
    guard shape.choices.window != nil else { return }
    let base = try file.metadata.optionalPositiveNumber("olmo2.rope.freq_base_swa") ?? shape.rotary.base
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.rotary.dimensions)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let window = shape.choices.window else { return [] }
    return [
      ("attention.sliding_window", .uint32(UInt32(window))),
      ("attention.sliding_window_pattern", shape.windowPattern),
      ("rope.freq_base_swa", .float32(Float(shape.choices.localRotary?.base ?? shape.rotary.base))),
    ]
  }
}
