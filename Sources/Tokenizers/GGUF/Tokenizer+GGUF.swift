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
  init(_ vocabulary: GGUFVocabulary, file: String, configuration: TokenizerConfiguration?) throws(TokenizerError) {
    var reader = GGUFVocabularyReader(file: file, vocabulary: vocabulary)
    try reader.readTokens()
    var settings = try reader.settings()
    if let configuration {
      let frame = TextFrame(addsBOSByHabit: true)
      settings = try configuration.settings(
        ids: reader.ids, count: reader.tokens.count, frame: frame, known: settings)
    }
    switch vocabulary.model {
    case .gpt2: self = try reader.byteLevel(settings: settings)
    case .llama: self = try reader.sentencePiece(settings: settings)
    }
  }
}

/// Turns GGUF metadata into a tokenizer.
private struct GGUFVocabularyReader {
  let file: String
  let vocabulary: GGUFVocabulary
  var tokens: [[UInt8]] = []
  var ids = ByteStringTable()

  init(file: String, vocabulary: GGUFVocabulary) {
    self.file = file
    self.vocabulary = vocabulary
  }

  private func malformed(_ key: String, _ reason: String) -> TokenizerError {
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
      ("padding_token_id", vocabulary.padding),
    ] {
      if let id, !tokens.indices.contains(Int(id)) {
        throw malformed(key, "\(id) is no token; expected 0 to \(tokens.count - 1)")
      }
    }
    var settings = TokenizerSettings(
      bos: vocabulary.bos, eos: vocabulary.eos, unknown: vocabulary.unknown, pad: vocabulary.padding,
      chatTemplate: vocabulary.chatTemplate)
    let addsByHabit: Bool
    switch vocabulary.model {
    case .llama: addsByHabit = true
    case .gpt2: addsByHabit = try GGUFPreTokenizer.named(vocabulary.preTokenizer ?? "default").addsBOS
    }
    if vocabulary.addsBOS ?? addsByHabit, let bos = vocabulary.bos { settings.opening = [bos] }
    if vocabulary.addsEOS ?? false, let eos = vocabulary.eos { settings.closing = [eos] }
    return settings
  }

  /// The tokens that are looked for in the text before it is cut.
  private var addedTokens: [AddedToken] {
    tokens.indices.compactMap { id in
      let type = vocabulary.types[id]
      guard !tokens[id].isEmpty, [.control, .userDefined, .unknown].contains(type) else { return nil }
      return AddedToken(content: tokens[id], id: Int32(id), isSpecial: type != .userDefined)
    }
  }

  // MARK: - gpt2

  func byteLevel(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    let named = try GGUFPreTokenizer.named(vocabulary.preTokenizer ?? "default")
    let (merges, results) = try readMerges()
    var preTokenizer = PreTokenizer()
    for pattern in named.patterns { preTokenizer.steps.append(SplitStep(pattern: try Pattern(pattern))) }
    var wholeWords = ByteStringTable(capacity: named.ignoresMerges ? tokens.count : 0)
    if named.ignoresMerges {
      for (id, text) in tokens.enumerated() where vocabulary.types[id] == .normal {
        if let bytes = PrintableBytes.decode(text) { wholeWords.insert(bytes, Int32(id)) }
      }
    }
    let model = BytePairModel(
      alphabet: .bytes((UInt8(0)...255).map { ids.find(PrintableBytes.encode([$0])) ?? -1 }),
      merges: BytePairBuilder.table(merges, results: results), wholeWords: named.ignoresMerges ? wholeWords : nil,
      unknown: vocabulary.unknown)
    let origin = TokenizerOrigin(
      merges: merges, scores: vocabulary.scores, patterns: named.patterns, preTokenizerName: vocabulary.preTokenizer,
      isGGUF: true,
      addsSpacePrefix: nil)
    return Tokenizer(
      tokens: tokens, types: vocabulary.types, normalizers: [], preTokenizer: preTokenizer,
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]), model: model,
      settings: settings, origin: origin)
  }

  private func readMerges() throws(TokenizerError) -> ([MergePair], [Int32]) {
    guard !vocabulary.merges.isEmpty else { throw malformed("merges", "the list is missing or empty") }
    var merges: [MergePair] = []
    var results: [Int32] = []
    for (rank, merge) in vocabulary.merges.enumerated() {
      let parts = Array(merge.utf8).split(separator: 0x20, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw malformed("merges[\(rank)]", "expected two tokens, found \"\(merge)\"") }
      let left = try token(Array(parts[0]), rank)
      let right = try token(Array(parts[1]), rank)
      merges.append(MergePair(left: left, right: right))
      results.append(try token(Array(parts[0] + parts[1]), rank))
    }
    return (merges, results)
  }

  private func token(_ text: [UInt8], _ rank: Int) throws(TokenizerError) -> Int32 {
    guard let id = ids.find(text) else {
      let name = String(decoding: text, as: UTF8.self)
      throw malformed("merges[\(rank)]", "\"\(name)\" is no token of the vocabulary")
    }
    return id
  }

  // MARK: - llama

  func sentencePiece(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    guard let scores = vocabulary.scores, scores.count == tokens.count else {
      throw malformed("scores", "\(vocabulary.scores?.count ?? 0) scores for \(tokens.count) tokens")
    }
    if let id = scores.firstIndex(where: \.isNaN) { throw malformed("scores[\(id)]", "the score is not a number") }
    let (model, merges) = try ScoredPairs.model(
      tokens: tokens, scores: scores, ids: ids, unknown: vocabulary.unknown, file: file)
    let addsSpacePrefix = vocabulary.addsSpacePrefix ?? true
    var rewrites: [TextRewrite] = addsSpacePrefix ? [.prepend([0x20])] : []
    rewrites.append(.replace(try Pattern(literal: " "), with: SentencePieceSpace.bytes))
    let origin = TokenizerOrigin(
      merges: merges, scores: scores, preTokenizerName: vocabulary.preTokenizer, isGGUF: true,
      addsSpacePrefix: addsSpacePrefix)
    return Tokenizer(
      tokens: tokens, types: vocabulary.types, normalizers: rewrites, preTokenizer: PreTokenizer(),
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]), model: model,
      settings: settings, origin: origin)
  }
}
