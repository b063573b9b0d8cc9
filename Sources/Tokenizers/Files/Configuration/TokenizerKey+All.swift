import Checkpoints
import JSON

extension TokenizerKey {
  /// All of them.
  package static let all: [TokenizerKey] =
    keys(.read, read) + refused
    + withoutEffect.flatMap { entry in keys(.withoutEffect(entry.reason), entry.keys) }

  private static func keys(_ treatment: Treatment, _ names: [String]) -> [TokenizerKey] {
    names.map { TokenizerKey(name: $0, treatment: treatment) }
  }

  /// Every other key that ends in `_token` and holds a token is read too: special tokens of one model.
  private static let read =
    TokenizerConfiguration.specialNames + [
      "added_tokens_decoder", "additional_special_tokens", "extra_special_tokens", "model_specific_special_tokens",
      "chat_template", "tokenizer_class", "add_bos_token", "add_eos_token", "add_prefix_space", "do_lower_case",
      "strip_accents", "tokenize_chinese_chars", "chain_break_token", "entity_1_token", "entity_2_token",
      "entity_mask2_token", "entity_mask_token", "entity_pad_token", "entity_unk_token", "eot_token", "fill_token",
      "middle_token", "prefix_token", "question_token", "suffix_token",
    ]

  private static let refused: [TokenizerKey] = [
    key("split_special_tokens", unless: [.bool(false)], "special tokens in texts would be text"),
    key(
      "fix_mistral_regex", unless: [.bool(false)], "texts would be cut otherwise; save the tokenizer with it applied"),
    key("sp_model_kwargs", unless: [.object(JSONMembers())], "ids would depend on chance"),
    key("init_inputs", unless: [.array([])], "arguments without names"),
    key("vocab", "the vocabulary stands in files of its own"),
    key("merges", "the merges stand in files of their own"),
    key("post_processor", "it stands in tokenizer.json"),
    key("tokenizer_object", "it stands in tokenizer.json"),
    key("gguf_file", "give the GGUF file itself"),
    key("mistral_format", unless: [.bool(false)], "tekken.json is not read"),
    key("clean_text", unless: [.bool(true)], "texts would keep control characters"),
    key("split_by_punct", unless: [.bool(false)], "texts would be cut otherwise"),
    key("wordpieces_prefix", unless: [.string("##")], "tokens would be written otherwise"),
    key("src_lang", "texts would begin with the name of a language"),
    key("tgt_lang", "texts would begin with the name of a language"),
    key("language", "texts would begin with the name of a language"),
    key("task", "texts would begin with the name of a task"),
    key("predict_timestamps", unless: [.bool(false)], "texts would begin with another token"),
  ]

  private static func key(_ name: String, unless neutral: [JSONValue] = [], _ reason: String) -> TokenizerKey {
    TokenizerKey(name: name, treatment: .refused(unless: neutral, because: reason))
  }

  private static let withoutEffect: [(reason: String, keys: [String])] = [
    (
      "it is about batches, truncation and what a model is given beside ids",
      [
        "model_max_length", "max_len", "max_length", "stride", "padding_side", "truncation_side", "truncation_strategy",
        "pad_to_multiple_of", "pad_token_type_id", "model_input_names", "tokenizer_padding", "tokenizer_truncation",
        "_json_padding", "_json_truncation", "return_token_type_ids", "token_type_ids_pattern", "trim_offsets",
      ]
    ),
    (
      "it is about turning ids into texts",
      [
        "clean_up_tokenization_spaces", "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
        "errors", "spaces_between_special_tokens", "response_template", "response_schema",
      ]
    ),
    (
      "it says where a tokenizer comes from and how it is loaded",
      [
        "_commit_hash", "_from_auto", "_from_pipeline", "auto_map", "backend", "cache_dir", "code_revision", "config",
        "fast_tokenizer_files", "files_loaded", "is_local", "local_files_only", "merges_file", "name_or_path",
        "normalizer_file", "processor_class", "proxies", "revision", "subfolder", "token", "tokenizer",
        "tokenizer_file",
        "tokenizer_type", "trust_remote_code", "use_fast", "verbose", "vocab_file", "special_tokens_map_file",
      ]
    ),
    (
      "of tokenizer.json the steps count as they stand there, and of tokenizer.model those of llama.cpp, which knows no such "
        + "difference",
      [
        "legacy", "legacy_behaviour", "keep_accents", "remove_space", "_spm_precompiled_charsmap", "unk_id",
        "from_slow",
      ]
    ),
    ("the tokens that it numbers stand in the vocabulary", ["extra_ids", "offset", "mask_token_sent"]),
    (
      "no program puts it into a conversation unless it is asked to",
      ["use_default_system_prompt", "chat_control_tokens"]
    ),
    (
      "it is about inputs beside texts",
      [
        "cls_token_box", "pad_token_box", "sep_token_box", "pad_token_label", "only_label_first_subword",
        "entity_vocab",
        "max_entity_length", "max_mention_length", "max_depth", "max_width", "pad_width", "tags_dict",
      ]
    ),
  ]
}
