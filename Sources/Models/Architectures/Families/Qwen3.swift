import Checkpoints

/// Qwen3: Llama with a norm over each head of queries and keys.
///
/// Keys: `transformers` configuration_qwen3; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen3: Architecture {
  var ggufName: String { "qwen3" }
  var huggingFaceNames: [String] { ["Qwen3ForCausalLM"] }
  var modelTypes: [String] { ["qwen3"] }
  var adjustingKeys: [String] { Qwen2.windowKeys }
  var biasKeys: [BiasKey] { [.attention] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).gatedFeedForward().steps
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = try Qwen2.attention(shape, config)
  }
}
