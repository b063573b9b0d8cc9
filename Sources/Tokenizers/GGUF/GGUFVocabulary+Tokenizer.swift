extension Tokenizer {
  /// The metadata with which llama.cpp gives the same ids.
  ///
  /// - Parameter preTokenizer: GGUF's name of the pre-tokenizer, where it is not to be found from the patterns.
  /// - Throws: `TokenizerError.unnamedPreTokenizer` or `notRepresentable` where there are none.
  package func ggufVocabulary(preTokenizer override: String? = nil) throws(TokenizerError) -> GGUFVocabulary {
    let isByteLevel = if case .bytes = model.alphabet { true } else { false }
    var vocabulary = GGUFVocabulary(
      model: isByteLevel ? .gpt2 : .llama, tokens: ggufTokens(isByteLevel: isByteLevel), types: types, bos: bos,
      eos: eos, unknown: unknown, padding: pad, addsBOS: addsBOS, addsEOS: addsEOS, chatTemplate: chatTemplate)
    try checkFrame()
    if isByteLevel {
      try checkNormalizers()
      vocabulary.preTokenizer = override ?? origin.preTokenizerName
      if vocabulary.preTokenizer == nil { vocabulary.preTokenizer = try identifiedPreTokenizer() }
      vocabulary.merges = origin.merges.map { mergeText($0) }
      vocabulary.scores = origin.scores
    } else {
      try checkSentencePiece()
      vocabulary.preTokenizer = override ?? origin.preTokenizerName ?? "default"
      vocabulary.scores = origin.scores
      if vocabulary.scores == nil {
        vocabulary.scores = try MergeScores.scores(merges: origin.merges, tokens: tokens, types: types)
      }
      vocabulary.addsSpacePrefix = origin.addsSpacePrefix
    }
    return vocabulary
  }

  private func identifiedPreTokenizer() throws(TokenizerError) -> String {
    let entry = try GGUFPreTokenizer.identified(by: origin.patterns, ignoresMerges: model.wholeWords != nil)
    guard origin.addsSpacePrefix != true else {
      throw .notRepresentable(reason: "a space is put before byte-level texts, which llama.cpp does not do")
    }
    return entry.name
  }

  /// llama.cpp knows one token before a text, and one behind it.
  private func checkFrame() throws(TokenizerError) {
    guard settings.opening.isEmpty || settings.opening == [bos], settings.closing.isEmpty || settings.closing == [eos]
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

/// Scores that make merging by score do what a list of merges does.
enum MergeScores {
  /// Minus the place of each token among those that merges make; single characters and the like come last.
  ///
  /// Merging by score joins any two neighbours whose texts together are a token. That equals the list if every such
  /// pair is in it, and if the merges that make one token stand together in it.
  ///
  /// - Throws: `TokenizerError.notRepresentable` naming the first pair for which this does not hold.
  static func scores(
    merges: [MergePair], tokens: [[UInt8]], types: [TokenType]
  ) throws(TokenizerError) -> [Float] {
    var ids = ByteStringTable(capacity: tokens.count)
    for (id, text) in tokens.enumerated() where types[id] != .unused { ids.insert(text, Int32(id)) }
    var places: [Int32: Int] = [:]
    var listed = Set<UInt64>()
    var last: Int32?
    for merge in merges {
      guard let result = ids.find(tokens[Int(merge.left)] + tokens[Int(merge.right)]) else { continue }
      listed.insert(key(merge))
      if result == last { continue }
      guard places[result] == nil else {
        throw .notRepresentable(
          reason: "merges that make \"\(show(tokens, result))\" stand apart, with other merges between them")
      }
      places[result] = places.count
      last = result
    }
    for (id, text) in tokens.enumerated() where types[id] == .normal {
      for end in BytePairBuilder.characterEnds(text).dropLast() {
        guard let left = ids.find(Array(text[..<end])), let right = ids.find(Array(text[end...])) else { continue }
        guard listed.contains(key(MergePair(left: left, right: right))) else {
          throw .notRepresentable(
            reason: """
              no merge joins "\(show(tokens, left))" and "\(show(tokens, right))", but together they are a token, and \
              merging by score joins them
              """)
        }
      }
    }
    return tokens.indices.map { id in
      switch types[id] {
      case .normal: -Float(places[Int32(id)] ?? places.count + id)
      case .userDefined: -1000
      default: 0
      }
    }
  }

  private static func key(_ merge: MergePair) -> UInt64 {
    UInt64(UInt32(bitPattern: merge.left)) << 32 | UInt64(UInt32(bitPattern: merge.right))
  }

  private static func show(_ tokens: [[UInt8]], _ id: Int32) -> String {
    String(decoding: tokens[Int(id)], as: UTF8.self)
  }
}
