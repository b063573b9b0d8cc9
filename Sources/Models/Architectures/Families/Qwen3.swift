import Checkpoints

/// Qwen3: Llama with a norm over each head of queries and keys.
///
/// Keys: `transformers` configuration_qwen3; names and metadata: llama.cpp `conversion/qwen.py`.
package struct Qwen3: Architecture {
  package init() {}

  package var ggufName: String { "qwen3" }
  package var huggingFaceNames: [String] { ["Qwen3ForCausalLM"] }
  package var modelTypes: [String] { ["qwen3"] }
  package var adjustingKeys: [String] { ["attention_bias"] + Qwen2.windowKeys }
  package var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).gatedFeedForward().steps
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    shape.choices.attention = try Qwen2.attention(shape, config)
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.choices.biases.isEmpty
      ? nil : "found attention_bias, for which llama.cpp has no tensors in models of type qwen3"
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
