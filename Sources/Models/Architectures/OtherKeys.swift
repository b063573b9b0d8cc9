import Checkpoints

/// Keys of config.json that families need not read.
package enum OtherKeys {
  /// What does not change what a model makes of a text, each with the reason.
  ///
  /// Tried with transformers by `Tests/Fixtures/config-keys.py`, in every family.
  package static let withoutEffect: [String: String] = {
    var reasons: [String: String] = [:]
    for (reason, keys) in reasonsOfKeys {
      for key in keys { reasons[key] = reason }
    }
    return reasons
  }()

  private static let reasonsOfKeys: [(reason: String, keys: [String])] = [
    (
      "of training alone",
      [
        "altup_coef_clip", "attention_dropout", "attention_probs_dropout_prob", "attn_pdrop", "classifier_dropout",
        "emb_pdrop",
        "embd_pdrop",
        "embedding_dropout", "gradient_checkpointing", "hidden_dropout", "hidden_dropout_prob",
        "initializer_cutoff_factor",
        "initializer_range", "mlp_dropout",
        "rescale_prenorm_residual", "resid_pdrop", "residual_dropout", "router_aux_loss_coef", "router_jitter_noise",
        "summary_first_dropout",
        "summary_last_dropout", "time_step_floor", "time_step_max",
      ]
    ),
    (
      "of heads for other tasks than the next token",
      [
        "classifier_activation", "classifier_bias", "classifier_pooling", "decoder_bias", "sparse_pred_ignore_index",
        "sparse_prediction", "finetuning_task", "id2label", "label2id", "num_labels", "problem_type",
        "summary_activation",
        "summary_proj_to_labels", "summary_type", "summary_use_proj", "task_specific_params",
      ]
    ),
    (
      "what a runtime gives out or keeps beside the logits",
      [
        "num_logits_to_keep", "output_attentions", "output_hidden_states", "output_past", "output_router_logits",
        "return_dict",
        "tie_last_hidden_states",
        "use_cache",
      ]
    ),
    (
      "how a runtime computes the same",
      [
        "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal",
        "_experts_implementation", "_experts_implementation_internal", "attn_implementation", "cache_implementation",
        "attention_softmax_in_fp32", "deterministic_flash_attn", "reference_compile", "chunk_size",
        "chunk_size_feed_forward", "experts_implementation",
        "mamba_chunk_size",
        "mamba_ssm_cache_dtype", "moe_norm_min", "moe_shared_expert_overlap", "residual_in_fp32", "use_mamba_kernels",
        "scale_attention_softmax_in_fp32", "slow_but_exact", "pretraining_tp", "reorder_and_upcast_attn",
        "torchscript", "use_bfloat16",
      ]
    ),
    (
      "tokens, which the tokenizer's files say too",
      [
        "bos_token_id", "cls_token_id", "decoder_start_token_id", "eod_token_id", "eos_token_id", "pad_token_id",
        "sep_token_id",
        "tokenizer_class",
      ]
    ),
    (
      "of generation", ["do_sample", "max_length", "min_length", "prefix", "temperature", "top_k"]
    ),
    (
      "who wrote the file, and when",
      [
        "_commit_hash", "_name_or_path", "model_name", "name_or_path", "transformers_version", "unsloth_fixed",
        "unsloth_version",
      ]
    ),
    (
      "of MPT, whose class takes them and leaves them out",
      ["embedding_fraction", "init_device", "learned_pos_emb", "norm_type"]
    ),
    // transformers writes it beside layer_types and reads it nowhere.
    ("what layer_types says", ["_sliding_window_pattern"]),
    // Of old versions: its decoders are decoders whatever it says; the encoder's file reads it.
    ("what the architecture says", ["is_decoder", "is_encoder_decoder", "tie_encoder_decoder", "n_ctx"]),
  ]

  /// Checks what every family's class takes and this decoder does not do.
  static func check(_ config: JSONObject, _ architecture: any Architecture) throws(CheckpointError) {
    if config.has("text_config") {
      throw config.error(
        "text_config", expected: "nothing: this is a model of text, whose keys stand beside each other")
    }
    if let layers = config.value("per_layer_config"), layers.asMembers?.elements.isEmpty != true,
      !architecture.adjustingKeys.contains("per_layer_config")
    {
      throw config.error("per_layer_config", expected: "nothing: layers do not differ in this family")
    }
    if architecture.choices.mask == .causal { try checkCausal(config) }
    if let type = try config.optionalString("model_type"), !architecture.modelTypes.contains(type) {
      throw config.error(
        "model_type",
        expected:
          "\(architecture.modelTypes.joined(separator: " or ")), as architectures says: transformers follows this key")
    }
    try config.agree("torch_dtype", with: "dtype")
    for (key, expected) in architecture.fixedKeys {
      guard let value = config.value(key), !expected.allows(value) else { continue }
      throw config.error(key, expected: expected.text)
    }
  }

  /// Checks `is_causal` of a decoder. In transformers null is as good as false.
  static func checkCausal(_ config: JSONObject) throws(CheckpointError) {
    guard config.keys.contains("is_causal"), config.value("is_causal") != .bool(true) else { return }
    throw config.error("is_causal", expected: "true: no token sees those after it")
  }
}

extension JSONObject {
  /// Checks that two keys that say the same thing do not say two things.
  func agree(_ other: String, with key: String) throws(CheckpointError) {
    guard let said = value(other), let value = value(key), said != value else { return }
    if let a = said.asNumber, let b = value.asNumber, a == b { return }
    throw error(other, expected: "\(value.summary), as \(key) says")
  }
}

extension Architectures {
  /// Keys of config.json that are read in a family, and with their full names those of `text_config`.
  package static func readKeys(_ config: JSONObject) throws(CheckpointError) -> Set<String> {
    guard let wrapper = try Wrappers.named(by: config) else { return try named(by: config).readKeys }
    return try wrapper.readKeys(config)
  }
}

extension Architecture {
  /// Keys of config.json that are read in this family.
  package var readKeys: Set<String> {
    let keys = configKeys
    var read: Set<String> = [
      "architectures", "model_type", "dtype", "torch_dtype", "tie_word_embeddings", "is_causal", "text_config",
      "per_layer_config", keys.layers, keys.hidden, keys.heads, keys.vocabulary, keys.context,
    ]
    read.formUnion(
      [keys.intermediate, keys.activation, keys.keyValueHeads, keys.headSize, keys.normEpsilon].compactMap { $0 })
    if let windows = keys.windows {
      read.formUnion([windows.size, windows.layers == nil ? nil : "layer_types"].compactMap { $0 })
    }
    read.formUnion(fixedKeys.map(\.key) + biasKeys.map(\.name))
    read.formUnion(keys.otherNames.keys)
    read.formUnion(numbers.map(\.config))
    read.formUnion(expertKeys?.keys ?? [])
    read.formUnion(latentKeys?.keys ?? [])
    read.formUnion(QuantizationConfiguration.keys)
    if choices.position == .rotary {
      read.formUnion(["rope_parameters", "rope_scaling", "partial_rotary_factor", "original_max_position_embeddings"])
      read.formUnion([keys.rotaryBaseKey, keys.rotaryShare].compactMap { $0 })
    }
    return read.union(adjustingKeys)
  }

  /// Keys of a configuration that neither this family nor any model of text has for what it computes.
  func unreadKeys(_ config: JSONObject) -> [String] {
    let read = readKeys
    return config.keys.filter { !read.contains($0) && OtherKeys.withoutEffect[$0] == nil && config.has($0) }
  }
}
