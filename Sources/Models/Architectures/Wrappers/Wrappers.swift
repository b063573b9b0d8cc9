import Checkpoints
import JSON

/// Every wrapper that this version knows.
package enum Wrappers {
  package static let all = [gemma3, mistral3, qwen35, qwen35MoE]

  /// Gemma 3 of 4 B parameters and more.
  ///
  /// Keys and their defaults: `transformers` configuration_gemma3; names: its `conversion_mapping`.
  static let gemma3 = Wrapper(
    className: "Gemma3ForConditionalGeneration", modelType: "gemma3", families: [Gemma3()],
    defaults: [
      ("head_dim", .integer(256)), ("hidden_size", .integer(2304)), ("intermediate_size", .integer(9216)),
      ("max_position_embeddings", .integer(131_072)), ("num_attention_heads", .integer(8)),
      ("num_hidden_layers", .integer(26)), ("num_key_value_heads", .integer(4)), ("rms_norm_eps", .number(1e-6)),
      ("vocab_size", .integer(262_208)),
    ],
    unreadTextKeys: ["final_logit_softcapping"], tiesOutput: true,
    keysOfParts: [
      "vision_config", "mm_tokens_per_image", "boi_token_id", "boi_token_index", "eoi_token_id", "eoi_token_index",
      "image_token_id", "image_token_index",
    ],
    names: llava)

  /// Mistral Small 3.1 and 3.2, and Ministral 3.
  ///
  /// Keys: `transformers` configuration_mistral3.
  static let mistral3 = Wrapper(
    className: "Mistral3ForConditionalGeneration", modelType: "mistral3", families: [Mistral(), Ministral3()],
    unreadTextKeys: ["layer_types"], tiesOutput: true,
    keysOfParts: [
      "vision_config", "image_token_id", "image_token_index", "multimodal_projector_bias", "projector_hidden_act",
      "spatial_merge_size", "vision_feature_layer",
    ],
    names: llava)

  /// Qwen 3.5, as it is published.
  ///
  /// Keys: `transformers` configuration_qwen3_5.
  static let qwen35 = Wrapper(
    className: "Qwen3_5ForConditionalGeneration", modelType: "qwen3_5", families: [Qwen35()], tiesOutput: false,
    keysOfParts: keysOfQwen, names: namesOfQwen)

  static let qwen35MoE = Wrapper(
    className: "Qwen3_5MoeForConditionalGeneration", modelType: "qwen3_5_moe", families: [Qwen35MoE()],
    tiesOutput: false, keysOfParts: keysOfQwen, names: namesOfQwen)

  private static let keysOfQwen = [
    "vision_config", "image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id",
  ]

  private static let namesOfQwen = [
    WrapperNames(base: "model.language_model.", head: "lm_head", carried: ["model.visual"])
  ]

  /// As LLaVA has them: in transformers since its version 4.52, and in what was published before and is saved today.
  private static let llava = [
    WrapperNames(
      base: "model.language_model.", head: "lm_head", carried: ["model.vision_tower", "model.multi_modal_projector"]),
    WrapperNames(
      base: "language_model.model.", head: "language_model.lm_head", carried: ["vision_tower", "multi_modal_projector"]
    ),
  ]

  /// The wrapper of a folder; nil where it holds a model of text alone, or one that nothing is known of.
  static func named(by config: JSONObject) throws(CheckpointError) -> Wrapper? {
    let names = try config.strings("architectures")
    return all.first { names.contains($0.className) }
  }
}
