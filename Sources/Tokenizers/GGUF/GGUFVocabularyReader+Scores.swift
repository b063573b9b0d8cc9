extension GGUFVocabularyReader {
  /// Byte pairs that merge by score: model `llama`.
  func scoredPairs(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    let scores = try scores()
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
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]), model: .bytePairs(model),
      settings: settings, origin: origin)
  }

  /// A unigram model: model `t5`.
  func unigram(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    let scores = try scores()
    // Control tokens, bytes and the unknown token are no texts.
    let candidates = tokens.indices.filter { [.normal, .userDefined, .unused].contains(vocabulary.types[$0]) }
    let lowest = tokens.indices.filter { vocabulary.types[$0] == .normal }.map { Double(scores[$0]) }.min() ?? 0
    let model = UnigramModel(
      tokens: candidates.map { (tokens[$0], Int32($0)) },
      // Tokens of the user cost nothing, so that they are taken where they can be.
      scores: tokens.indices.map { vocabulary.types[$0] == .userDefined ? 0 : Double(scores[$0]) }, lowest: lowest,
      unknown: vocabulary.unknown,
      byteTokens: vocabulary.usesByteFallback ? BytePairBuilder.byteTokens(in: ids) : nil)
    let map = try vocabulary.characterMap.map { bytes throws(TokenizerError) in
      try CharacterMap(bytes, file: file, part: "tokenizer.ggml.precompiled_charsmap")
    }
    let normalizer = SentencePieceNormalizer(
      map: map, addsPrefix: vocabulary.addsSpacePrefix ?? true,
      removesExtraSpaces: vocabulary.removesExtraSpaces ?? false)
    let origin = TokenizerOrigin(
      scores: scores, preTokenizerName: vocabulary.preTokenizer, isGGUF: true, vocabulary: vocabulary,
      addsSpacePrefix: normalizer.addsPrefix)
    return Tokenizer(
      tokens: tokens, types: vocabulary.types, normalizers: [.sentencePiece(normalizer)], preTokenizer: PreTokenizer(),
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]), model: .unigram(model),
      settings: settings, origin: origin)
  }

  /// Pieces of words: model `bert`, where U+2581 marks the start of a word.
  func wordPiece(settings: TokenizerSettings) throws(TokenizerError) -> Tokenizer {
    guard let unknown = settings.unknown else { throw malformed("unknown_token_id", "the key is missing") }
    var starts: [(text: [UInt8], value: Int32)] = []
    var continuations: [(text: [UInt8], value: Int32)] = []
    for (id, text) in tokens.enumerated() {
      continuations.append((text, Int32(id)))
      guard text.starts(with: SentencePieceSpace.bytes) else { continue }
      starts.append((Array(text.dropFirst(SentencePieceSpace.bytes.count)), Int32(id)))
    }
    let lowercases = vocabulary.lowercases ?? true
    let normalizer = BertNormalizer(
      stripsAccents: vocabulary.stripsAccents ?? lowercases, lowercases: lowercases, dialect: .llamaCpp)
    return Tokenizer(
      tokens: tokens, types: vocabulary.types, normalizers: [.bert(normalizer)], preTokenizer: try .bert(),
      rawTokens: AddedTokenFinder(addedTokens), normalizedTokens: AddedTokenFinder([]),
      model: .wordPiece(WordPieceModel(starts: starts, continuations: continuations, unknown: unknown)),
      settings: settings,
      origin: TokenizerOrigin(isGGUF: true, vocabulary: vocabulary))
  }
}
