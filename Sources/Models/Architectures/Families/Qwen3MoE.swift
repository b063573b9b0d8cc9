import Checkpoints

/// Qwen3 MoE: Qwen3 whose feed-forward layers are experts.
///
/// Keys: `transformers` configuration_qwen3_moe; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen3MoE: Architecture {
  var ggufName: String { "qwen3moe" }
  var huggingFaceNames: [String] { ["Qwen3MoeForCausalLM"] }
  var modelTypes: [String] { ["qwen3_moe"] }
  var adjustingKeys: [String] { Qwen2.windowKeys }
  var fixedKeys: [FixedKey] { SparseNames.everyLayer }
  var biasKeys: [BiasKey] { [.attention] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 4 } }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.normalizes = .where("norm_topk_prob", inGGUF: true)
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { SparseNames.qwen }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
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
}
