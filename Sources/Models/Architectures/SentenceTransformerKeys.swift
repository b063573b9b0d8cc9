import Checkpoints

/// What files of sentence-transformers say beside the list of modules and how they pool.
enum SentenceTransformerKeys {
  /// How texts go into the encoder.
  static let textFile = "sentence_bert_config.json"
  /// What is put before them.
  static let promptFile = "config_sentence_transformers.json"

  /// Checks that texts go into the encoder as they are.
  ///
  /// - Throws: `CheckpointError.setting` for a key that makes another text of them.
  static func check(_ folder: HuggingFaceFolder) throws(CheckpointError) {
    if let config = try folder.sentenceSettings(textFile), try config.optionalBool("do_lower_case") ?? false {
      throw config.error("do_lower_case", expected: "false: the tokenizer's own files say how letters are written")
    }
    guard let config = try folder.sentenceSettings(promptFile) else { return }
    if let name = try config.optionalString("default_prompt_name"),
      try config.optionalObject("prompts")?.optionalString(name) ?? "" != ""
    {
      throw config.error(
        "default_prompt_name", expected: "nothing: texts are taken as they are, without a prompt before them")
    }
    if config.has("truncate_dim") {
      throw config.error("truncate_dim", expected: "nothing: embeddings have all dimensions")
    }
  }

  /// What a person should know of them.
  static func notes(_ folder: HuggingFaceFolder, contextLength: Int) -> [String] {
    guard let config = try? folder.sentenceSettings(textFile), let length = config.value("max_seq_length")?.asInteger,
      length < contextLength
    else { return [] }
    return [
      "\(config.path): max_seq_length: sentence-transformers cuts texts at \(length) tokens; here, and in products, they may "
        + "have \(contextLength)"
    ]
  }
}
