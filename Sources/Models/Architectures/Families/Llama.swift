import Checkpoints

/// Llama 1 to 3.x, and every checkpoint that calls itself one.
///
/// Keys: `transformers` configuration_llama; names, row order and metadata: llama.cpp `conversion/llama.py`.
package struct Llama: Architecture {
  package init() {}

  package var ggufName: String { "llama" }
  package var huggingFaceNames: [String] { ["LlamaForCausalLM"] }
  package var modelTypes: [String] { ["llama"] }
  package var adjustingKeys: [String] { ["attention_bias", "mlp_bias"] }
  package var ggufTurnsNeighbours: Bool { true }
  package var ggufReadsDivisors: Bool { true }
  package var optionalBiases: [Role] { Array(Self.attentionBiases) + Array(Self.feedForwardBiases) }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Self.attentionBiases, where: "attention_bias")
    shape.choices.biases.formUnion(try config.biases(Self.feedForwardBiases, where: "mlp_bias"))
  }

  static let attentionBiases: Set<Role> = [
    .attentionQueryBias, .attentionKeyBias, .attentionValueBias, .attentionOutputBias,
  ]
  static let feedForwardBiases: Set<Role> = [.feedForwardGateBias, .feedForwardUpBias, .feedForwardDownBias]
}
