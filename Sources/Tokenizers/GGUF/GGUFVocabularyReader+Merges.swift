extension GGUFVocabularyReader {
  /// Byte pairs that merge by rank: models `gpt2` and `gemma4`.
  func bytePairs(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    let name = vocabulary.model == .gemma4 ? "gemma4" : vocabulary.preTokenizer ?? "default"
    let named = try GGUFPreTokenizer.named(name)
    let (merges, results) = try readMerges()
    var preTokenizer = PreTokenizer()
    for pattern in named.patterns { preTokenizer.steps.append(SplitStep(pattern: try Pattern(pattern))) }
    var origin = TokenizerOrigin(
      merges: merges, scores: vocabulary.scores, patterns: named.patterns, preTokenizerName: vocabulary.preTokenizer,
      isGGUF: true)
    let model: BytePairModel
    var rewrites: [TextRewrite] = []
    switch named.alphabet {
    case .bytes: model = byteLevel(merges, results, ignoresMerges: named.ignoresMerges)
    case .characters:
      model = characters(merges, results)
      rewrites = [.replace(try Pattern(literal: " "), with: SentencePieceSpace.bytes)]
      origin.vocabulary = vocabulary
    }
    return Tokenizer(
      tokens: tokens, types: vocabulary.types, normalizers: rewrites, preTokenizer: preTokenizer,
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]), model: .bytePairs(model),
      settings: settings, origin: origin)
  }

  private func byteLevel(_ merges: [MergePair], _ results: [Int32], ignoresMerges: Bool) -> BytePairModel {
    var wholeWords = ByteStringTable(capacity: ignoresMerges ? tokens.count : 0)
    if ignoresMerges {
      for (id, text) in tokens.enumerated() where vocabulary.types[id] == .normal {
        if let bytes = PrintableBytes.decode(text) { wholeWords.insert(bytes, Int32(id)) }
      }
    }
    return BytePairModel(
      alphabet: .bytes((UInt8(0)...255).map { ids.find(PrintableBytes.encode([$0])) ?? -1 }),
      merges: BytePairBuilder.table(merges, results: results), wholeWords: ignoresMerges ? wholeWords : nil,
      unknown: vocabulary.unknown)
  }

  /// Characters, and bytes where a character has no token. Runs of line ends that are a token stay whole.
  private func characters(_ merges: [MergePair], _ results: [Int32]) -> BytePairModel {
    let symbols = BytePairBuilder.characters(of: tokens)
    var lineEnds = ByteStringTable()
    for (id, text) in tokens.enumerated() where !text.isEmpty && text.allSatisfy({ $0 == 0x0A }) {
      lineEnds.insert(text, Int32(id))
    }
    let alphabet = CharacterAlphabet(
      symbols: symbols, byteTokens: BytePairBuilder.byteTokens(in: ids), firstNonToken: Int32(tokens.count),
      joints: BytePairBuilder.joints(merges, texts: tokens, symbols: symbols))
    return BytePairModel(
      alphabet: .characters(alphabet), merges: BytePairBuilder.table(merges, results: results), wholeWords: lineEnds,
      unknown: vocabulary.unknown, fusesUnknown: true)
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
}
