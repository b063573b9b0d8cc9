import Models
import Tensors
import Tokenizers

/// Token sequences, each of which a model sees by itself: windows of one length, or whole texts.
package struct TokenSequences: Sendable, Equatable {
  /// All sequences, one after the other.
  package let tokens: [Int32]
  /// Which tokens belong together.
  package let rows: SequenceRows
  /// Tokens of the longest.
  package let length: Int
  /// Special tokens that the corpora spell as plain text, of each corpus that does.
  package var spelled: [SpelledTokens] = []

  /// Windows of one length.
  package init(tokens: [Int32], length: Int) {
    self.tokens = tokens
    self.length = length
    rows = SequenceRows(rows: tokens.count, length: length)
  }

  /// Whole texts, none of them empty.
  package init(texts: [[Int32]]) {
    tokens = texts.flatMap { $0 }
    rows = SequenceRows(lengths: texts.map(\.count))
    length = rows.longest
  }

  /// The number of sequences.
  package var count: Int { rows.count }

  /// One sequence.
  package subscript(index: Int) -> ArraySlice<Int32> { tokens[rows.ranges[index]] }

  /// SHA-256 of all tokens as little-endian 32-bit numbers.
  package func digest() -> String { Self.digest([self]) }

  /// SHA-256 of the lengths of all sequences as little-endian 32-bit numbers.
  package func lengthsDigest() -> String {
    var digest = SHA256()
    digest.update(unsafe rows.ranges.map { Int32($0.count) }.span.bytes)
    return digest.hexadecimal()
  }

  /// SHA-256 of the tokens of several, one after the other.
  package static func digest(_ all: [TokenSequences]) -> String {
    var digest = SHA256()
    for sequences in all { digest.update(unsafe sequences.tokens.span.bytes) }
    return digest.hexadecimal()
  }
}

/// Turns corpora into sequences for one model.
package struct TokenSampler: Sendable {
  let tokenizer: Tokenizer
  private let vocabularySize: Int

  /// - Parameter vocabularySize: rows of the model's embedding table.
  package init(_ tokenizer: Tokenizer, vocabularySize: Int) {
    self.tokenizer = tokenizer
    self.vocabularySize = vocabularySize
  }

  /// Exactly `tokens` tokens from several corpora by share: whole windows, chosen by seed without repetition.
  ///
  /// - Precondition: `tokens` is a positive multiple of `context`.
  package func sample(
    _ corpora: [Corpus], tokens: Int, context: Int, seed: UInt64
  ) throws(CalibrationError) -> TokenSequences {
    precondition(tokens > 0 && tokens % context == 0, "only whole sequences")
    let counts = apportion(tokens / context, by: corpora.map(\.share))
    var generator = SplitMix64(seed: seed)
    // It grows with what corpora really hold: nothing is reserved for what was only asked for.
    var result: [Int32] = []
    var spelled: [SpelledTokens] = []
    for (corpus, count) in zip(corpora, counts) {
      guard count > 0 else { throw .silentCorpus(path: corpus.path, sequences: tokens / context) }
      let (stream, found) = try stream(corpus)
      if let found { spelled.append(found) }
      let available = stream.count / context
      guard available >= count else {
        throw .tooShort(path: corpus.path, tokens: stream.count, needed: count * context, context: context)
      }
      for window in choose(count, of: available, &generator) {
        append(stream[window * context..<(window + 1) * context], to: &result)
      }
    }
    var sequences = TokenSequences(tokens: result, length: context)
    sequences.spelled = spelled
    return sequences
  }

  /// The first tokens of each corpus, as `llama-perplexity` cuts a text; of several corpora each by its share.
  ///
  /// - Parameter tokens: a positive multiple of `context`, or nil for all whole sequences of every corpus.
  package func leading(
    _ corpora: [Corpus], tokens: Int?, context: Int
  ) throws(CalibrationError) -> [TokenSequences] {
    let counts = tokens.map { apportion($0 / context, by: corpora.map(\.share)) }
    var all: [TokenSequences] = []
    for (index, corpus) in corpora.enumerated() {
      var result: [Int32] = []
      let (stream, spelled) = try stream(corpus)
      let count = counts?[index] ?? stream.count / context
      guard count > 0 || counts == nil else {
        throw .silentCorpus(path: corpus.path, sequences: (tokens ?? 0) / context)
      }
      guard count > 0, stream.count >= count * context else {
        throw .tooShort(
          path: corpus.path, tokens: stream.count, needed: max(1, count) * context, context: context)
      }
      for window in 0..<count { append(stream[window * context..<(window + 1) * context], to: &result) }
      var sequences = TokenSequences(tokens: result, length: context)
      sequences.spelled = spelled.map { [$0] } ?? []
      all.append(sequences)
    }
    return all
  }

  /// Appends a window; where the model expects a beginning-of-sequence token, it takes the first place.
  private func append(_ window: ArraySlice<Int32>, to result: inout [Int32]) {
    let first = result.count
    result.append(contentsOf: window)
    if tokenizer.addsBOS, let bos = tokenizer.bos { result[first] = bos }
  }

  /// All tokens of a corpus, and the special tokens that its texts spell. Texts are separated by the end-of-sequence
  /// token; a conversation, and a text that writes its special tokens itself, begins and ends as it says.
  private func stream(_ corpus: Corpus) throws(CalibrationError) -> (tokens: [Int32], spelled: SpelledTokens?) {
    var stream: [Int32] = []
    if tokenizer.addsBOS, let bos = tokenizer.bos { stream.append(bos) }
    let documents = try tokenizer.encode(corpus)
    let writesSpecial = corpus.special != .none
    var isAfterText = false
    for (index, document) in documents.enumerated() {
      if isAfterText, let eos = tokenizer.eos, !writesSpecial || stream.last != eos { stream.append(eos) }
      // A text that has the first token itself leaves none to add.
      let hasBOS =
        index == 0 && !stream.isEmpty && (document.isConversation || writesSpecial)
        && document.ids.first == stream.first
      stream += document.ids.dropFirst(hasBOS ? 1 : 0)
      isAfterText = !document.isConversation
    }
    try check(stream[...], of: corpus)
    return (stream, SpelledTokens(documents, of: corpus, tokenizer))
  }

  /// Checks that the model has a row for every token.
  func check(_ tokens: ArraySlice<Int32>, of corpus: Corpus) throws(CalibrationError) {
    if let alien = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) {
      throw .tokenOutsideVocabulary(path: corpus.path, token: alien, vocabularySize: vocabularySize)
    }
  }
}

/// Shares `total` among parties in proportion to `shares`: whole numbers that add up, by the largest remainders.
///
/// - Precondition: shares are finite and above 0, as the pipeline file's reader checks.
package func apportion(_ total: Int, by shares: [Double]) -> [Int] {
  // Relative to the largest, so that no sum of finite shares overflows.
  let largest = shares.max() ?? 1
  let relative = shares.map { $0 / largest }
  let sum = relative.reduce(0, +)
  let exact = relative.map { Double(total) * $0 / sum }
  var counts = exact.map { Int($0) }
  let byRemainder = exact.indices.sorted { a, b in
    let (x, y) = (exact[a] - Double(counts[a]), exact[b] - Double(counts[b]))
    return x != y ? x > y : a < b
  }
  for index in byRemainder.prefix(total - counts.reduce(0, +)) { counts[index] += 1 }
  return counts
}

/// `count` different numbers below `total`, in ascending order (Floyd's algorithm would save memory, not time).
private func choose(_ count: Int, of total: Int, _ generator: inout SplitMix64) -> [Int] {
  var numbers = Array(0..<total)
  for index in 0..<count {
    numbers.swapAt(index, index + Int(generator.next(below: UInt64(total - index))))
  }
  return numbers.prefix(count).sorted()
}
