import Tensors
import Tokenizers

/// Sequences for models that read whole texts: each text is one sequence, between the tokens that the model expects around
/// it, and nothing is filled up.
extension TokenSampler {
  /// At most `tokens` tokens of several corpora by share: texts chosen by seed without repetition.
  ///
  /// - Parameter context: longer texts are cut to so many tokens, the closing ones included.
  /// - Throws: `CalibrationError.tooFewTexts` when a corpus holds less than its share.
  package func sampleTexts(
    _ corpora: [Corpus], tokens: Int, context: Int, seed: UInt64
  ) throws(CalibrationError) -> TokenSequences {
    var generator = SplitMix64(seed: seed)
    var result: [[Int32]] = []
    var spelled: [SpelledTokens] = []
    for (corpus, limit) in zip(corpora, apportion(tokens, by: corpora.map(\.share))) {
      var (texts, found) = try texts(corpus, context: context)
      if let found { spelled.append(found) }
      for index in texts.indices {
        texts.swapAt(index, index + Int(generator.next(below: UInt64(texts.count - index))))
      }
      result += try leading(texts, of: corpus, tokens: limit, context: context)
    }
    var sequences = TokenSequences(texts: result)
    sequences.spelled = spelled
    return sequences
  }

  /// The first texts of each corpus; of several corpora each by its share.
  ///
  /// - Parameter tokens: at most so many in all, or nil for all texts.
  package func leadingTexts(
    _ corpora: [Corpus], tokens: Int?, context: Int
  ) throws(CalibrationError) -> [TokenSequences] {
    let limits = tokens.map { apportion($0, by: corpora.map(\.share)) }
    var all: [TokenSequences] = []
    for (index, corpus) in corpora.enumerated() {
      let (texts, spelled) = try texts(corpus, context: context)
      let chosen = try limits.map { limits throws(CalibrationError) in
        try leading(texts, of: corpus, tokens: limits[index], context: context)
      }
      var sequences = TokenSequences(texts: chosen ?? texts)
      sequences.spelled = spelled.map { [$0] } ?? []
      all.append(sequences)
    }
    return all
  }

  /// As many of the first texts as fit.
  private func leading(
    _ texts: [[Int32]], of corpus: Corpus, tokens limit: Int, context: Int
  ) throws(CalibrationError) -> [[Int32]] {
    var taken = 0
    var tokens = 0
    while taken < texts.count, tokens + texts[taken].count <= limit {
      tokens += texts[taken].count
      taken += 1
    }
    // Where less than a context is missing, another text might not have fitted either.
    guard taken > 0, taken < texts.count || limit - tokens < context else {
      let all = texts.reduce(0) { $0 + $1.count }
      throw .tooFewTexts(path: corpus.path, texts: texts.count, tokens: all, needed: limit)
    }
    return Array(texts[..<taken])
  }

  /// The tokens of every text of a corpus: lines of a plain text, documents of a JSON Lines file; and the special tokens
  /// that they spell.
  private func texts(
    _ corpus: Corpus, context: Int
  ) throws(CalibrationError) -> (texts: [[Int32]], spelled: SpelledTokens?) {
    let frame = (opening: tokenizer.opening, closing: tokenizer.closing)
    let room = max(0, context - frame.opening.count - frame.closing.count)
    var texts: [[Int32]] = []
    let documents = try tokenizer.encode(corpus, .lines)
    for document in documents {
      let text =
        document.isConversation
        ? Array(document.ids.prefix(context)) : frame.opening + document.ids.prefix(room) + frame.closing
      guard !text.isEmpty else { continue }
      try check(text[...], of: corpus)
      texts.append(text)
    }
    return (texts, SpelledTokens(documents, of: corpus, tokenizer))
  }
}
