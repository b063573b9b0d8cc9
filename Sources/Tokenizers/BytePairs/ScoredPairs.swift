/// Byte pairs that are merged by score: SentencePiece's BPE, as GGUF's model `llama` stores it.
///
/// There is no list of merges. Any two neighbouring symbols whose texts together are a token may merge, the highest
/// score first, of equal scores the leftmost. All such pairs are listed here once, so that encoding is the same as with
/// a list.
enum ScoredPairs {
  /// Longer tokens than any vocabulary has; it bounds the number of pairs that one token can make.
  static let longestToken = 1024

  static func model(
    tokens: [[UInt8]], scores: [Float], ids: ByteStringTable, unknown: Int32?, file: String
  ) throws(TokenizerError) -> (model: BytePairModel, merges: [MergePair]) {
    var symbols = BytePairBuilder.characters(of: tokens)
    var nonTokenTexts: [[UInt8]] = []
    for text in tokens {
      var start = 0
      for end in BytePairBuilder.characterEnds(text) where end > start {
        let character = Array(text[start..<end])
        start = end
        guard symbols.insert(character, Int32(tokens.count + nonTokenTexts.count)) == nil else { continue }
        nonTokenTexts.append(character)
      }
    }
    var merges: [MergePair] = []
    var results: [Int32] = []
    for (id, text) in tokens.enumerated() {
      guard text.count <= longestToken else {
        throw .malformed(
          file: file, part: "tokenizer.ggml.tokens[\(id)]",
          reason: "the token has \(text.count) bytes; expected at most \(longestToken)")
      }
      for end in BytePairBuilder.characterEnds(text).dropLast() {
        let (left, right) = (Array(text[..<end]), Array(text[end...]))
        guard let left = ids.find(left) ?? symbols.find(left), let right = ids.find(right) ?? symbols.find(right)
        else { continue }
        merges.append(MergePair(left: left, right: right))
        results.append(Int32(id))
      }
    }
    let alphabet = CharacterAlphabet(
      symbols: symbols, byteTokens: BytePairBuilder.byteTokens(in: ids), firstNonToken: Int32(tokens.count),
      nonTokenTexts: nonTokenTexts,
      joints: BytePairBuilder.joints(merges, texts: tokens + nonTokenTexts, symbols: symbols))
    let model = BytePairModel(
      alphabet: .characters(alphabet), merges: table(merges, results, scores), unknown: unknown, fusesUnknown: true)
    return (model, merges)
  }

  /// Ranks by score: equal scores share a rank, so that places decide between them.
  private static func table(_ merges: [MergePair], _ results: [Int32], _ scores: [Float]) -> PairTable {
    let order = Set(results.map { scores[Int($0)] }).sorted(by: >)
    let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, UInt32($0)) })
    var table = PairTable(capacity: merges.count)
    for (merge, result) in zip(merges, results) {
      table.insert(merge.left, merge.right, .init(rank: ranks[scores[Int(result)]] ?? .max - 1, result: result))
    }
    return table
  }
}
