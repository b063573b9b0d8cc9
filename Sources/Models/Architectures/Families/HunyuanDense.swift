import Checkpoints

/// Hunyuan of one part: Llama with a norm over each head of queries and keys once they have turned.
///
/// Keys: `transformers` configuration_hunyuan_v1_dense; names and metadata: llama.cpp `conversion/hunyuan.py`.
struct HunyuanDense: Architecture {
  var ggufName: String { "hunyuan-dense" }
  var huggingFaceNames: [String] { ["HunYuanDenseV1ForCausalLM"] }
  var modelTypes: [String] { ["hunyuan_v1_dense"] }
  var biasKeys: [BiasKey] { [.attention] }
  var configKeys: ConfigKeys { ConfigKeys { $0.growsBase = true } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachTurnedHead).gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Self.names }

  static let names = CheckpointNames.llama.replacing([
    .attentionQueryNorm: "self_attn.query_layernorm", .attentionKeyNorm: "self_attn.key_layernorm",
  ])

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.scaling.alpha", .decimal(0)), ("rope.dimension_sections", .nothing)]
  }
}
