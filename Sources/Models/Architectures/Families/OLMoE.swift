import Checkpoints

/// OLMoE: Llama whose feed-forward layers are experts, with norms over all queries and all keys.
///
/// Keys: `transformers` configuration_olmoe; names and metadata: llama.cpp `conversion/olmo.py`.
package struct OLMoE: Architecture {
  package init() {}

  package var ggufName: String { "olmoe" }
  package var huggingFaceNames: [String] { ["OlmoeForCausalLM"] }
  package var modelTypes: [String] { ["olmoe"] }
  package var adjustingKeys: [String] { ["attention_bias", "clip_qkv", "sliding_window"] }
  package var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.size = "intermediate_size"
      $0.normalizes = .where("norm_topk_prob", inGGUF: false)
    }
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .allHeads).experts().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames { SparseNames.qwen }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    if config.has("sliding_window") { throw config.error("sliding_window", expected: "nothing: no layer has a window") }
    if config.has("clip_qkv") { throw config.error("clip_qkv", expected: "nothing") }
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.experts?.normalizesWeights == true {
      return "found norm_topk_prob, expected false, which is what llama.cpp assumes of olmoe"
    }
    if shape.tiedOutput { return "found a tied output, which llama.cpp does not know in models of type olmoe" }
    return shape.choices.biases.isEmpty
      ? nil : "found attention_bias, for which llama.cpp has no tensors in models of type olmoe"
  }
}
