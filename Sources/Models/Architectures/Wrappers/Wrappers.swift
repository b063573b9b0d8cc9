import Checkpoints
import JSON

/// Every wrapper that this version knows.
package enum Wrappers {
  package static let all = [
    gemma3, gemma3n, gemma4, mistral3, llama4, qwen2VL, qwen25VL, qwen3VL, qwen3VLMoE, qwen35, qwen35MoE,
  ]

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

  /// Gemma 3n, as it is published.
  ///
  /// Keys: `transformers` configuration_gemma3n.
  static let gemma3n = Wrapper(
    className: "Gemma3nForConditionalGeneration", modelType: "gemma3n", families: [Gemma3n()], tiesOutput: true,
    keysOfParts: [
      "vision_config", "audio_config", "audio_soft_tokens_per_image", "vision_soft_tokens_per_image", "boi_token_id",
      "eoi_token_id", "image_token_id", "boa_token_id", "eoa_token_id", "audio_token_id",
    ],
    names: towers)

  /// Gemma 4, as it is published.
  ///
  /// Keys: `transformers` configuration_gemma4.
  static let gemma4 = Wrapper(
    className: "Gemma4ForConditionalGeneration", modelType: "gemma4", families: [Gemma4()], tiesOutput: true,
    keysOfParts: [
      "vision_config", "audio_config", "boi_token_id", "eoi_token_id", "image_token_id", "video_token_id",
      "boa_token_id", "eoa_token_index", "audio_token_id",
    ],
    names: towers)

  /// Beside towers of images and of sound, as transformers has them.
  private static let towers = [
    WrapperNames(
      base: "model.language_model.", head: "lm_head",
      carried: ["model.vision_tower", "model.embed_vision", "model.audio_tower", "model.embed_audio"])
  ]

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

  /// Llama 4, as it is published.
  ///
  /// Keys: `transformers` configuration_llama4.
  static let llama4 = Wrapper(
    className: "Llama4ForConditionalGeneration", modelType: "llama4", families: [Llama4()], tiesOutput: false,
    keysOfParts: [
      "vision_config", "boi_token_id", "boi_token_index", "eoi_token_id", "eoi_token_index", "image_token_id",
      "image_token_index",
    ],
    names: [
      WrapperNames(
        base: "language_model.model.", head: "language_model.lm_head",
        carried: ["vision_model", "multi_modal_projector"])
    ])

  /// Qwen2-VL and Qwen2.5-VL, whose published configurations have the keys of the text beside all others.
  ///
  /// Keys: `transformers` configuration_qwen2_vl, configuration_qwen2_5_vl; names: its `conversion_mapping`.
  static let qwen2VL = olderQwen("Qwen2VLForConditionalGeneration", "qwen2_vl")
  static let qwen25VL = olderQwen("Qwen2_5_VLForConditionalGeneration", "qwen2_5_vl")

  private static func olderQwen(_ className: String, _ modelType: String) -> Wrapper {
    Wrapper(
      className: className, modelType: modelType, families: [Qwen2VL()], tiesOutput: false, innerTie: .holds,
      mayBeFlat: true, keysOfParts: keysOfQwen + ["vision_token_id"],
      names: namesOfQwen + [WrapperNames(base: "model.", head: "lm_head", carried: ["visual"])])
  }

  /// Qwen3-VL.
  ///
  /// Keys: `transformers` configuration_qwen3_vl.
  static let qwen3VL = Wrapper(
    className: "Qwen3VLForConditionalGeneration", modelType: "qwen3_vl", families: [Qwen3VL()], tiesOutput: false,
    adjust: deepStack, keysOfParts: keysOfQwen, names: namesOfQwen)

  static let qwen3VLMoE = Wrapper(
    className: "Qwen3VLMoeForConditionalGeneration", modelType: "qwen3_vl_moe", families: [Qwen3VLMoE()],
    tiesOutput: false, innerTie: .saysNothing, adjust: deepStack, keysOfParts: keysOfQwen, names: namesOfQwen)

  private static let deepStack: @Sendable (inout DecoderShape, JSONObject) throws(CheckpointError) -> Void = {
    shape, config throws(CheckpointError) in
    shape.choices.deepStackLayers = try DeepStack.layers(config)
  }

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
