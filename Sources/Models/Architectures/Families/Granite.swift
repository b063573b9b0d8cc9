/// Granite 3: Llama with multipliers where others have none.
///
/// Keys: `transformers` configuration_granite; names, row order and metadata: llama.cpp `conversion/granite.py`.
struct Granite: Architecture {
  var ggufName: String { "granite" }
  var huggingFaceNames: [String] { ["GraniteForCausalLM"] }
  var modelTypes: [String] { ["granite"] }
  var biasKeys: [BiasKey] { [.attention, .feedForward] }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var ggufReadsBiases: Bool { true }
  var numbers: [NumberKey] {
    [
      NumberKey(\.queryScale, config: "attention_multiplier", gguf: "attention.scale", fallback: 1),
      NumberKey(\.embeddingMultiplier, config: "embedding_multiplier", gguf: "embedding_scale", fallback: 1),
      NumberKey(\.residualMultiplier, config: "residual_multiplier", gguf: "residual_scale", fallback: 1),
      NumberKey(\.logitDivisor, config: "logits_scaling", gguf: "logit_scale", fallback: 1),
    ]
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    // llama.cpp takes the first for whether positions turn at all.
    [
      ("rope.scaling.finetuned", .bool(true)), ("deepstack_mapping", .nothing),
      ("expert_shared_feed_forward_length", .number(0)),
    ]
  }
}
