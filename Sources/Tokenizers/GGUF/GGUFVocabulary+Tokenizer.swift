extension Tokenizer {
  /// The metadata with which llama.cpp gives the same ids.
  ///
  /// - Parameter preTokenizer: GGUF's name of the pre-tokenizer, where it is not to be found from the patterns.
  /// - Throws: `TokenizerError.unnamedPreTokenizer` or `notRepresentable` where there are none.
  package func ggufVocabulary(preTokenizer override: String? = nil) throws(TokenizerError) -> GGUFVocabulary {
    var vocabulary = try described()
    if let name = override ?? vocabulary.preTokenizer ?? origin.preTokenizerName {
      vocabulary.preTokenizer = name
    } else if vocabulary.model == .gpt2 {
      vocabulary.preTokenizer = try identifiedPreTokenizer()
    } else if origin.vocabulary == nil {
      vocabulary.preTokenizer = "default"
    }
    return vocabulary
  }

  /// The metadata without the name of the pre-tokenizer.
  private func described() throws(TokenizerError) -> GGUFVocabulary {
    if let vocabulary = origin.vocabulary { return try again(vocabulary) }
    switch model {
    case .bytePairs(let model):
      var vocabulary = base(.gpt2)
      try checkFrame()
      if case .bytes = model.alphabet {
        try checkNormalizers()
        vocabulary.merges = origin.merges.map { mergeText($0) }
        vocabulary.scores = origin.scores
      } else {
        try checkSentencePiece()
        vocabulary.model = .llama
        vocabulary.scores = origin.scores
        if vocabulary.scores == nil {
          vocabulary.scores = try MergeScores.scores(merges: origin.merges, tokens: tokens, types: types)
        }
        vocabulary.addsSpacePrefix = origin.addsSpacePrefix
      }
      return vocabulary
    case .unigram(let model): return try unigramVocabulary(model)
    case .wordPiece: return try wordPieceVocabulary()
    }
  }

  /// What every kind of tokenizer says.
  func base(_ kind: GGUFVocabulary.Model) -> GGUFVocabulary {
    var vocabulary = GGUFVocabulary(
      model: kind, tokens: ggufTokens(isByteLevel: kind == .gpt2), types: types, unknown: unknown, padding: pad,
      templates: chatTemplates)
    nameFrame(in: &vocabulary)
    vocabulary.separator = settings.separator
    vocabulary.classifier = settings.classifier
    vocabulary.mask = settings.mask
    return vocabulary
  }

  private func identifiedPreTokenizer() throws(TokenizerError) -> String {
    let entry = try GGUFPreTokenizer.identified(by: origin.patterns, ignoresMerges: ignoresMerges)
    guard origin.addsSpacePrefix != true else {
      throw .notRepresentable(reason: "a space is put before byte-level texts, which llama.cpp does not do")
    }
    return entry.name
  }

  private var ignoresMerges: Bool {
    if case .bytePairs(let model) = model { model.wholeWords != nil } else { false }
  }

  /// The tokens of classifiers and between texts are those at the ends of a text where a vocabulary has no others, as llama.cpp's
  /// converter has it.
  private var openingToken: Int32? { bos ?? settings.opening.first { $0 == settings.classifier } }
  private var closingToken: Int32? { eos ?? settings.closing.first { $0 == settings.separator } }

  /// Says which tokens stand before a text and behind it, and whether they are put there.
  func nameFrame(in vocabulary: inout GGUFVocabulary) {
    (vocabulary.bos, vocabulary.eos) = (openingToken, closingToken)
    vocabulary.addsBOS = openingToken != nil && settings.opening.first == openingToken
    vocabulary.addsEOS = closingToken != nil && settings.closing.last == closingToken
  }

  /// llama.cpp knows one token before a text, and one behind it.
  func checkFrame() throws(TokenizerError) {
    guard settings.opening.isEmpty || settings.opening == [openingToken],
      settings.closing.isEmpty || settings.closing == [closingToken]
    else {
      let opening = settings.opening.compactMap { text(of: $0) }
      let closing = settings.closing.compactMap { text(of: $0) }
      throw .notRepresentable(
        reason: "texts are put between \(opening) and \(closing); expected at most the bos and the eos token")
    }
  }

  /// llama.cpp normalizes no byte-level text. That is accepted for composition (NFC), which leaves nearly every text as
  /// it is and which the published GGUF files of Qwen and its kin drop as well.
  private func checkNormalizers() throws(TokenizerError) {
    let isKnown = normalizers.allSatisfy { rewrite in
      if case .compose(.nfc) = rewrite { true } else { false }
    }
    guard isKnown else {
      throw .notRepresentable(reason: "byte-level texts are normalized by more than NFC, which llama.cpp does not do")
    }
  }

  /// llama.cpp's SentencePiece encoder takes texts whole, with every space as U+2581.
  private func checkSentencePiece() throws(TokenizerError) {
    guard preTokenizer.steps.isEmpty || preTokenizer.steps.allSatisfy({ $0.pattern.source == SentencePieceSpace.text })
    else {
      throw .notRepresentable(reason: "texts are cut by \(origin.patterns) before characters are merged")
    }
    let replacesSpaces = (normalizers + preTokenizer.rewrites).contains { rewrite in
      if case .replace(let pattern, let bytes) = rewrite {
        return pattern.source == " " && bytes == SentencePieceSpace.bytes
      }
      return false
    }
    guard replacesSpaces else {
      throw .notRepresentable(reason: "spaces do not become U+2581 before characters are merged")
    }
  }

  /// The tokens as llama.cpp's converter lists them: every row has a text, and tokens of the user have plain spaces.
  private func ggufTokens(isByteLevel: Bool) -> [String] {
    tokens.indices.map { id in
      switch types[id] {
      case .unused where tokens[id].isEmpty: "[PAD\(id)]"
      case .userDefined where !origin.isGGUF:
        String(decoding: SentencePieceSpace.replaced(in: tokens[id]), as: UTF8.self)
      default: String(decoding: tokens[id], as: UTF8.self)
      }
    }
  }

  /// Both tokens with a space between them; a space inside one takes the form it has among printable bytes.
  private func mergeText(_ merge: MergePair) -> String {
    let parts = [merge.left, merge.right].map { id in
      tokens[Int(id)].flatMap { $0 == 0x20 ? PrintableBytes.encode([$0]) : [$0] }
    }
    return String(decoding: parts[0] + [0x20] + parts[1], as: UTF8.self)
  }
}
