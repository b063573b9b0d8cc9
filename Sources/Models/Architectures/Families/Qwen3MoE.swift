import Checkpoints

/// Qwen3 MoE: Qwen3 whose feed-forward layers are experts.
///
/// Keys: `transformers` configuration_qwen3_moe; names and metadata: llama.cpp `conversion/qwen.py`.
package struct Qwen3MoE: Architecture {
  package init() {}

  package var ggufName: String { "qwen3moe" }
  package var huggingFaceNames: [String] { ["Qwen3MoeForCausalLM"] }
  package var modelTypes: [String] { ["qwen3_moe"] }
  package var adjustingKeys: [String] { SparseNames.layerKeys + ["attention_bias"] + Qwen2.windowKeys }
  package var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 4 } }
  package var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.normalizes = .where("norm_topk_prob", inGGUF: true)
    }
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).experts().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames { SparseNames.qwen }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try SparseNames.checkLayers(config)
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    // Windows are for all layers or none.
    let window = try Qwen2.window(config)
    let rules = try config.attentionRules(layers: shape.layers, window: window)
    shape.choices.attention = [window]
    guard window.window != nil else { return }
    guard rules?.allSatisfy({ $0 == window }) ?? true else {
      throw config.error("layer_types", expected: "sliding_attention alone: in this family all layers have the window")
    }
    guard try config.optionalInteger("max_window_layers") ?? 0 == 0 else {
      throw config.error("max_window_layers", expected: "0: in this family all layers have the window")
    }
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.experts?.normalizesWeights == false {
      return "found norm_topk_prob: false, expected true, which is what llama.cpp assumes of qwen3moe"
    }
    return Qwen3().ggufObstacle(shape)
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
