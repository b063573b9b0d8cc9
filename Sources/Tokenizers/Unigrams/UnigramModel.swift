/// A unigram language model: of all ways to cut a word into tokens, the one with the largest sum of scores (Kudo,
/// "Subword Regularization", and SentencePiece's `unigram_model.cc`).
struct UnigramModel: Sendable {
  /// What a scalar without a token costs beyond the lowest score of a token.
  static let unknownPenalty = 10.0

  private let trie: ByteTrie
  /// Scores by id: logarithms of probabilities.
  private let scores: [Double]
  let unknown: Int32?
  private let unknownScore: Double
  /// The token of each byte, for scalars without a token, or nil. `[256]`.
  let byteTokens: [Int32]?

  /// - Parameters:
  ///   - tokens: the tokens that may occur, with their ids.
  ///   - scores: by id.
  ///   - lowest: the lowest score, from which that of unknown scalars is made.
  init(
    tokens: [(text: [UInt8], value: Int32)], scores: [Double], lowest: Double, unknown: Int32?, byteTokens: [Int32]?
  ) {
    trie = ByteTrie(tokens.filter { !$0.text.isEmpty })
    self.scores = scores
    self.unknown = unknown
    unknownScore = lowest - Self.unknownPenalty
    self.byteTokens = byteTokens
  }
}

/// The best way to each place of a word.
struct UnigramPath: Sendable {
  fileprivate static let unknown: Int32 = -1
  fileprivate static let unreached: Int32 = -2

  /// The best sum of scores up to a place, where its last token starts, and that token.
  fileprivate var scores: [Double] = []
  fileprivate var starts: [Int] = []
  fileprivate var ids: [Int32] = []
  fileprivate var steps: [(id: Int32, start: Int)] = []

  init() {}

  fileprivate mutating func reset(_ count: Int) {
    scores.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    scores.append(contentsOf: repeatElement(0, count: count + 1))
    starts.append(contentsOf: repeatElement(0, count: count + 1))
    ids.append(contentsOf: repeatElement(Self.unreached, count: count + 1))
  }

  /// Takes a way if it is better. Of equals the first stays.
  @inline(__always)
  fileprivate mutating func offer(_ id: Int32, from start: Int, to end: Int, score: Double) {
    guard ids[end] == Self.unreached || score > scores[end] else { return }
    scores[end] = score
    starts[end] = start
    ids[end] = id
  }
}

extension UnigramModel {
  /// Appends the ids of one word.
  func encode(
    _ word: borrowing Span<UInt8>, into ids: inout [Int32], scratch: inout ModelScratch
  ) throws(TokenizerError) {
    guard word.count > 0 else { return }
    let isCached = word.count <= WordCache.longestWord
    if isCached, scratch.cache.append(word, to: &ids) { return }
    findPath(word, &scratch.path)
    let start = ids.count
    try appendPath(word, scratch.path.steps, to: &ids)
    if isCached { scratch.cache.insert(word, idsFrom: start, of: ids) }
  }

  private func findPath(_ word: borrowing Span<UInt8>, _ path: inout UnigramPath) {
    path.reset(word.count)
    var start = 0
    while start < word.count {
      let scalarEnd = TextParts.scalarEnd(word, from: start, end: word.count)
      let scoreSoFar = path.scores[start]
      var coversScalar = false
      var node = ByteTrie.root
      var position = start
      while position < word.count, let next = trie.child(of: node, word[position]) {
        node = next
        position += 1
        guard let id = trie.value(at: node) else { continue }
        path.offer(id, from: start, to: position, score: scores[Int(id)] + scoreSoFar)
        coversScalar = coversScalar || position == scalarEnd
      }
      if !coversScalar {
        path.offer(UnigramPath.unknown, from: start, to: scalarEnd, score: unknownScore + scoreSoFar)
      }
      start = scalarEnd
    }
    path.steps.removeAll(keepingCapacity: true)
    var end = word.count
    while end > 0 {
      path.steps.append((path.ids[end], path.starts[end]))
      end = path.starts[end]
    }
    path.steps.reverse()
  }

  private func appendPath(
    _ word: borrowing Span<UInt8>, _ steps: [(id: Int32, start: Int)], to ids: inout [Int32]
  ) throws(TokenizerError) {
    var wasUnknown = false
    for (index, step) in steps.enumerated() {
      // A model may know its unknown token as a text as well.
      let isUnknown = step.id == UnigramPath.unknown || step.id == unknown
      defer { wasUnknown = isUnknown }
      guard isUnknown else {
        ids.append(step.id)
        continue
      }
      let range = step.start..<(index + 1 < steps.count ? steps[index + 1].start : word.count)
      if let byteTokens {
        for place in range { ids.append(byteTokens[Int(word[place])]) }
      } else if let unknown {
        // Neighbours share one token.
        if !wasUnknown { ids.append(unknown) }
      } else {
        throw .uncovered(text: TextParts.string(word, range))
      }
    }
  }
}
