/// OLMoE: Llama whose feed-forward layers are experts, with norms over all queries and all keys.
///
/// Keys: `transformers` configuration_olmoe; names and metadata: llama.cpp `conversion/olmo.py`.
struct OLMoE: Architecture {
  var ggufName: String { "olmoe" }
  var huggingFaceNames: [String] { ["OlmoeForCausalLM"] }
  var modelTypes: [String] { ["olmoe"] }
  var fixedKeys: [FixedKey] { [("clip_qkv", .nothing), ("sliding_window", .nothing)] }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufOutput: GGUFOutput { .untied }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.size = "intermediate_size"
      $0.normalizes = .where("norm_topk_prob", inGGUF: false)
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .allHeads).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { SparseNames.qwen }
}
