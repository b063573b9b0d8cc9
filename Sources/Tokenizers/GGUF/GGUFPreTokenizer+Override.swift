extension Tokenizer {
  /// The same vocabulary with another pre-tokenizer: what the product of a pipeline that names one does.
  ///
  /// - Throws: `TokenizerError.unknownPreTokenizer`, or `notRepresentable` where GGUF has none for this vocabulary.
  package func replacingPreTokenizer(by name: String) throws(TokenizerError) -> Tokenizer {
    var vocabulary = try ggufVocabulary(preTokenizer: name)
    try vocabulary.replacePreTokenizer(by: name)
    return try Tokenizer(vocabulary, file: "the tokenizer with pre_tokenizer \(name)")
  }
}

extension GGUFVocabulary {
  /// - Throws: `TokenizerError.unknownPreTokenizer`, or `notRepresentable` for a vocabulary whose texts are not cut by a
  ///   pre-tokenizer.
  package mutating func replacePreTokenizer(by name: String) throws(TokenizerError) {
    guard model == .gpt2 else {
      throw .notRepresentable(
        reason:
          "pre_tokenizer names a way to cut texts for byte-level byte pairs, and this vocabulary is \(model.rawValue)")
    }
    _ = try GGUFPreTokenizer.named(name)
    preTokenizer = name
  }
}
