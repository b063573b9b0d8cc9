import Checkpoints

/// Qwen3 MoE: Qwen3 whose feed-forward layers are experts.
///
/// Keys: `transformers` configuration_qwen3_moe; names and metadata: llama.cpp `conversion/qwen.py`.
package struct Qwen3MoE: Architecture {
  package init() {}

  package var ggufName: String { "qwen3moe" }
  package var huggingFaceNames: [String] { ["Qwen3MoeForCausalLM"] }
  package var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.normalizes = .where("norm_topk_prob", inGGUF: true)
    }
  }
  package var choices: DecoderChoices { Qwen3().choices }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    SparseNames.qwen.adding([
      (.attentionQueryNorm, "self_attn.q_norm"), (.attentionKeyNorm, "self_attn.k_norm"),
    ])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try SparseNames.checkLayers(config)
    try Qwen3().adjust(&shape, config)
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.experts?.normalizesWeights == false {
      return "found norm_topk_prob: false, expected true, which is what llama.cpp assumes of qwen3moe"
    }
    return Qwen3().ggufObstacle(shape)
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
