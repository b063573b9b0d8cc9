import JSON

/// The keys of `generation_config.json` that transformers knows. They say how tokens are drawn from a model's logits, which is
/// neither the model's function nor its tokenizer's: only ids of special tokens are read, and folders keep the file as it is.
///
/// The list is made from transformers' `GenerationConfig` by `Tests/Fixtures/generation-config-keys.py`.
package enum GenerationKey {
  /// Ids of special tokens, where neither the tokenizer's own files nor config.json name them.
  package static let read = ["bos_token_id", "eos_token_id", "pad_token_id"]

  /// How tokens are drawn and searched, and what comes back of it.
  package static let withoutEffect = [
    "assistant_confidence_threshold", "assistant_early_exit", "assistant_ensemble_weight", "assistant_lookbehind",
    "bad_words_ids", "begin_suppress_tokens", "cache_config", "cache_implementation", "compile_config", "constraints",
    "continuous_batching_config", "decoder_start_token_id", "disable_compile", "diversity_penalty", "do_sample",
    "dola_layers", "early_stopping", "encoder_no_repeat_ngram_size", "encoder_repetition_penalty", "epsilon_cutoff",
    "eta_cutoff", "exponential_decay_length_penalty", "force_bos_token_to_be_generated", "force_words_ids",
    "forced_bos_token_id", "forced_eos_token_id",
    "guidance_scale", "is_assistant", "length_penalty", "low_memory", "max_cache_len", "max_length",
    "max_matching_ngram_size", "max_new_tokens", "max_time", "min_length", "min_new_tokens", "min_p",
    "no_repeat_ngram_size", "num_assistant_tokens", "num_assistant_tokens_schedule", "num_beam_groups", "num_beams",
    "num_return_sequences", "output_attentions", "output_hidden_states", "output_logits", "output_scores",
    "penalty_alpha", "prefill_chunk_size", "prompt_lookup_num_tokens", "remove_invalid_values", "renormalize_logits",
    "repetition_penalty", "return_dict_in_generate", "sequence_bias", "speculation_type", "stop_strings",
    "suppress_tokens", "target_lookbehind", "temperature", "token_healing", "top_h", "top_k", "top_p", "typical_p",
    "use_cache", "use_mtp", "watermarking_config",
    // Where the file comes from.
    "_commit_hash", "_from_model_config", "transformers_version",
  ]

  /// The keys of a file that nothing here, and nothing of transformers, reads.
  static func unknown(in configuration: JSONValue) -> [String] {
    (configuration.asMembers?.elements ?? []).map(\.key).filter { !known.contains($0) }
  }

  private static let known = Set(read + withoutEffect)
}

/// Keys of a file that neither this program nor transformers knows.
package struct UnreadKeys: Sendable, Equatable {
  package let file: String
  package let keys: [String]
}
