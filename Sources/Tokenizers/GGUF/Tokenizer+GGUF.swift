extension Tokenizer {
  /// Builds the tokenizer that GGUF metadata describe.
  ///
  /// - Parameter file: the file's name, for messages.
  /// - Throws: `TokenizerError` when lists differ in length, tokens repeat, merges name no tokens, ids are out of range
  ///   or the pre-tokenizer is not known.
  package init(_ vocabulary: GGUFVocabulary, file: String) throws(TokenizerError) {
    try self.init(vocabulary, file: file, configuration: nil)
  }

  /// The same, where files beside the vocabulary have a say.
  ///
  /// - Parameter added: what they say about tokens that are looked for in texts.
  init(
    _ vocabulary: GGUFVocabulary, file: String, configuration: TokenizerConfiguration?, added: [Int32: AddedToken] = [:]
  ) throws(TokenizerError) {
    var reader = GGUFVocabularyReader(file: file, vocabulary: vocabulary, described: added)
    try reader.readTokens()
    var settings = try reader.settings()
    if let configuration {
      let frame = TextFrame(addsBOSByHabit: vocabulary.model == .llama, addsEOSByHabit: vocabulary.model == .t5)
      settings = try configuration.settings(
        ids: reader.ids, count: reader.tokens.count, frame: frame, known: settings)
    }
    switch vocabulary.model {
    case .gpt2, .gemma4: self = try reader.bytePairs(settings: settings)
    case .llama: self = try reader.scoredPairs(settings: settings)
    case .t5: self = try reader.unigram(settings: settings)
    case .bert: self = try reader.wordPiece(settings: settings)
    }
  }
}
