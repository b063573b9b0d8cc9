import Checkpoints

/// Qwen 1.5 MoE and Qwen2 MoE: Qwen2 whose feed-forward layers are experts, beside one that every token goes to.
///
/// Keys: `transformers` configuration_qwen2_moe; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen2MoE: Architecture {
  var ggufName: String { "qwen2moe" }
  var huggingFaceNames: [String] { ["Qwen2MoeForCausalLM"] }
  var modelTypes: [String] { ["qwen2_moe"] }
  var adjustingKeys: [String] { Qwen2.windowKeys }
  var fixedKeys: [FixedKey] { SparseNames.everyLayer + [("qkv_bias", .bool(true))] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 16 } }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.sharedSize = "shared_expert_intermediate_size"
      $0.normalizes = .where("norm_topk_prob", inGGUF: false)
    }
  }
  var choices: DecoderChoices { Qwen2().choices }
  var ggufOutput: GGUFOutput { .untied }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    SparseNames.qwen.adding([
      (.sharedRouter, "mlp.shared_expert_gate"), (.sharedGate, "mlp.shared_expert.gate_proj"),
      (.sharedUp, "mlp.shared_expert.up_proj"), (.sharedDown, "mlp.shared_expert.down_proj"),
    ])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    // Where layer_types does not say which layers have a window, versions of transformers differ.
    if try Qwen2.window(config).window != nil, !config.has("layer_types") {
      throw config.error("layer_types", expected: "which layers have a window, as use_sliding_window says that some do")
    }
    shape.choices.attention = try Qwen2.attention(shape, config)
  }
}

/// What families with experts share.
enum SparseNames {
  static let qwen = CheckpointNames.llama.fusing(fused)

  /// As transformers' classes hold experts since version 5, and save them with `save_original_format=False`.
  static let fused = [
    FusedTensor("mlp.experts.gate_up_proj", [.expertGate, .expertUp]),
    FusedTensor("mlp.experts.down_proj", [.expertDown]),
  ]

  /// Every layer must have experts.
  static let everyLayer: [FixedKey] = [("mlp_only_layers", .nothing), ("decoder_sparse_step", .number(1))]
}
