/// Turns GGUF metadata into a tokenizer. Each kind of tokenizer is read by an extension.
struct GGUFVocabularyReader {
  let file: String
  let vocabulary: GGUFVocabulary
  var tokens: [[UInt8]] = []
  var ids = ByteStringTable()
  /// Added tokens that files beside the vocabulary describe further.
  private let described: [Int32: AddedToken]

  init(file: String, vocabulary: GGUFVocabulary, described: [Int32: AddedToken] = [:]) {
    self.file = file
    self.vocabulary = vocabulary
    self.described = described
  }

  func malformed(_ key: String, _ reason: String) -> TokenizerError {
    .malformed(file: file, part: "tokenizer.ggml.\(key)", reason: reason)
  }

  mutating func readTokens() throws(TokenizerError) {
    guard !vocabulary.tokens.isEmpty else { throw malformed("tokens", "the vocabulary is empty") }
    guard vocabulary.types.count == vocabulary.tokens.count else {
      throw malformed("token_type", "\(vocabulary.types.count) types for \(vocabulary.tokens.count) tokens")
    }
    ids = ByteStringTable(capacity: vocabulary.tokens.count)
    tokens = vocabulary.tokens.map { Array($0.utf8) }
    for (id, text) in tokens.enumerated() {
      if let other = ids.insert(text, Int32(id)) {
        throw malformed("tokens", "\"\(vocabulary.tokens[id])\" is token \(other) and token \(id)")
      }
    }
  }

  func settings() throws(TokenizerError) -> TokenizerSettings {
    for (key, id) in [
      ("bos_token_id", vocabulary.bos), ("eos_token_id", vocabulary.eos), ("unknown_token_id", vocabulary.unknown),
      ("padding_token_id", vocabulary.padding), ("seperator_token_id", vocabulary.separator),
      ("cls_token_id", vocabulary.classifier), ("mask_token_id", vocabulary.mask),
    ] {
      if let id, !tokens.indices.contains(Int(id)) {
        throw malformed(key, "\(id) is no token; expected 0 to \(tokens.count - 1)")
      }
    }
    var settings = TokenizerSettings(
      bos: vocabulary.bos, eos: vocabulary.eos, unknown: vocabulary.unknown, pad: vocabulary.padding,
      separator: vocabulary.separator, classifier: vocabulary.classifier, mask: vocabulary.mask,
      templates: vocabulary.templates)
    if vocabulary.model == .bert {
      // llama.cpp puts a text between these two whatever the file says about adding.
      let opening = try special(vocabulary.bos ?? vocabulary.classifier, "bos_token_id", ofBert: 101)
      settings.opening = [opening]
      settings.closing = [try special(vocabulary.separator, "seperator_token_id", ofBert: 102)]
      settings.unknown = try special(vocabulary.unknown, "unknown_token_id", ofBert: 100)
      return settings
    }
    let addsByHabit: Bool
    switch vocabulary.model {
    case .llama, .gemma4: addsByHabit = true
    case .gpt2: addsByHabit = try GGUFPreTokenizer.named(vocabulary.preTokenizer ?? "default").addsBOS
    case .t5, .bert: addsByHabit = false
    }
    if vocabulary.addsBOS ?? addsByHabit, let bos = vocabulary.bos { settings.opening = [bos] }
    if vocabulary.addsEOS ?? (vocabulary.model == .t5), let eos = vocabulary.eos { settings.closing = [eos] }
    return settings
  }

  /// A special token, or the row that it has in BERT's own vocabulary, which llama.cpp takes where none is named.
  private func special(_ id: Int32?, _ key: String, ofBert fallback: Int32) throws(TokenizerError) -> Int32 {
    let id = id ?? fallback
    guard tokens.indices.contains(Int(id)) else {
      throw malformed(key, "the key is missing, and there is no row \(id)")
    }
    return id
  }

  /// The scores, one for each token.
  func scores() throws(TokenizerError) -> [Float] {
    guard let scores = vocabulary.scores, scores.count == tokens.count else {
      throw malformed("scores", "\(vocabulary.scores?.count ?? 0) scores for \(tokens.count) tokens")
    }
    if let id = scores.firstIndex(where: \.isNaN) { throw malformed("scores[\(id)]", "the score is not a number") }
    return scores
  }

  /// The tokens that are looked for in the text before it is cut.
  var addedTokens: [AddedToken] {
    tokens.indices.compactMap { id in
      let type = vocabulary.types[id]
      guard !tokens[id].isEmpty, [.control, .userDefined, .unknown].contains(type) else { return nil }
      let plain = AddedToken(content: tokens[id], id: Int32(id), isSpecial: type != .userDefined)
      return described[Int32(id)]?.with(content: tokens[id]) ?? plain
    }
  }
}
