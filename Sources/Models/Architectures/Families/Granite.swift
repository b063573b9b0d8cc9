import Checkpoints

/// Granite 3: Llama with multipliers where others have none.
///
/// Keys: `transformers` configuration_granite; names, row order and metadata: llama.cpp `conversion/granite.py`.
package struct Granite: Architecture {
  package init() {}

  package var ggufName: String { "granite" }
  package var huggingFaceNames: [String] { ["GraniteForCausalLM"] }
  package var modelTypes: [String] { ["granite"] }
  package var adjustingKeys: [String] { ["attention_bias", "mlp_bias"] }
  package var ggufTurnsNeighbours: Bool { true }
  package var ggufReadsDivisors: Bool { true }
  package var optionalBiases: [Role] { Llama().optionalBiases }
  package var numbers: [NumberKey] {
    [
      NumberKey(\.queryScale, config: "attention_multiplier", gguf: "attention.scale", fallback: 1),
      NumberKey(\.embeddingMultiplier, config: "embedding_multiplier", gguf: "embedding_scale", fallback: 1),
      NumberKey(\.residualMultiplier, config: "residual_multiplier", gguf: "residual_scale", fallback: 1),
      NumberKey(\.logitDivisor, config: "logits_scaling", gguf: "logit_scale", fallback: 1),
    ]
  }

  package func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: GGUFOtherKeys.Expected)] {
    // llama.cpp takes the first for whether positions turn at all.
    [
      ("rope.scaling.finetuned", .bool(true)), ("deepstack_mapping", .nothing),
      ("expert_shared_feed_forward_length", .number(0)),
    ]
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    shape.choices.biases.formUnion(try config.biases(Llama.feedForwardBiases, where: "mlp_bias"))
  }
}
