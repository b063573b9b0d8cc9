import Checkpoints

/// Qwen 1.5 MoE and Qwen2 MoE: Qwen2 whose feed-forward layers are experts, beside one that every token goes to.
///
/// Keys: `transformers` configuration_qwen2_moe; names and metadata: llama.cpp `conversion/qwen.py`.
package struct Qwen2MoE: Architecture {
  package init() {}

  package var ggufName: String { "qwen2moe" }
  package var huggingFaceNames: [String] { ["Qwen2MoeForCausalLM"] }
  package var modelTypes: [String] { ["qwen2_moe"] }
  package var adjustingKeys: [String] { SparseNames.layerKeys + ["qkv_bias"] + Qwen2.windowKeys }
  package var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 16 } }
  package var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.sharedSize = "shared_expert_intermediate_size"
      $0.normalizes = .where("norm_topk_prob", inGGUF: false)
    }
  }
  package var choices: DecoderChoices { Qwen2().choices }
  package var optionalBiases: [Role] { [] }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    SparseNames.qwen.adding([
      (.sharedRouter, "mlp.shared_expert_gate"), (.sharedGate, "mlp.shared_expert.gate_proj"),
      (.sharedUp, "mlp.shared_expert.up_proj"), (.sharedDown, "mlp.shared_expert.down_proj"),
    ])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try SparseNames.checkLayers(config)
    guard try config.optionalBool("qkv_bias") ?? true else { throw config.error("qkv_bias", expected: "true") }
    // Where layer_types does not say which layers have a window, versions of transformers differ.
    if try Qwen2.window(config).window != nil, !config.has("layer_types") {
      throw config.error("layer_types", expected: "which layers have a window, as use_sliding_window says that some do")
    }
    shape.choices.attention = try Qwen2.attention(shape, config)
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.tiedOutput { return "found a tied output, which llama.cpp does not know in models of type qwen2moe" }
    return shape.choices.experts?.normalizesWeights == true
      ? "found norm_topk_prob, expected false, which is what llama.cpp assumes of qwen2moe" : nil
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}

/// What families with experts share.
enum SparseNames {
  static let qwen = CheckpointNames.llama.fusing(fused)

  /// As transformers' classes hold experts since version 5, and save them with `save_original_format=False`.
  static let fused = [
    FusedTensor("mlp.experts.gate_up_proj", [.expertGate, .expertUp]),
    FusedTensor("mlp.experts.down_proj", [.expertDown]),
  ]

  static let layerKeys = ["mlp_only_layers", "decoder_sparse_step"]

  /// Every layer must have experts.
  static func checkLayers(_ config: JSONObject) throws(CheckpointError) {
    guard try config.optionalIntegers("mlp_only_layers") ?? [] == [] else {
      throw config.error("mlp_only_layers", expected: "an empty array: every layer has experts")
    }
    guard try config.optionalInteger("decoder_sparse_step") ?? 1 == 1 else {
      throw config.error("decoder_sparse_step", expected: "1: every layer has experts")
    }
  }
}
