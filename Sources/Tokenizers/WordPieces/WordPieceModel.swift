/// WordPiece: a word is the longest token that it starts with, then the longest that goes on from there, and so on
/// (BERT, `tokenization.py`). A word that cannot be covered is one unknown token.
struct WordPieceModel: Sendable {
  /// Tokens at the start of words, as they stand in the text.
  private let starts: ByteTrie
  /// Tokens inside words, without the mark that says so.
  private let continuations: ByteTrie
  let unknown: Int32
  /// Words of more scalars are unknown as a whole.
  private let longestWord: Int

  init(
    starts: [(text: [UInt8], value: Int32)], continuations: [(text: [UInt8], value: Int32)], unknown: Int32,
    longestWord: Int = .max
  ) {
    self.starts = ByteTrie(starts)
    self.continuations = ByteTrie(continuations.filter { !$0.text.isEmpty })
    self.unknown = unknown
    self.longestWord = longestWord
  }

  /// Appends the ids of one word.
  func encode(_ word: borrowing Span<UInt8>, into ids: inout [Int32], scratch: inout ModelScratch) {
    guard word.count > 0 else { return }
    if word.count > longestWord, scalars(in: word) > longestWord { return ids.append(unknown) }
    let count = ids.count
    var position = 0
    while position < word.count || ids.count == count {
      let trie = ids.count == count ? starts : continuations
      guard let match = trie.longest(in: word, from: position, end: word.count) else {
        ids.removeLast(ids.count - count)
        return ids.append(unknown)
      }
      ids.append(match.value)
      position = match.end
    }
  }

  private func scalars(in word: borrowing Span<UInt8>) -> Int {
    var count = 0
    for index in 0..<word.count where word[index] & 0xC0 != 0x80 { count += 1 }
    return count
  }
}

/// How vocabularies write that a token goes on inside a word.
enum WordPieceMark {
  /// BERT's files.
  static let prefix = Array("##".utf8)

  /// The lists of a model whose tokens inside words have a prefix.
  static func lists(
    tokens: [[UInt8]], types: [TokenType], prefix: [UInt8]
  ) -> (starts: [(text: [UInt8], value: Int32)], continuations: [(text: [UInt8], value: Int32)]) {
    var starts: [(text: [UInt8], value: Int32)] = []
    var continuations: [(text: [UInt8], value: Int32)] = []
    for (id, text) in tokens.enumerated() where types[id] != .unused && !text.isEmpty {
      starts.append((text, Int32(id)))
      if text.starts(with: prefix) { continuations.append((Array(text.dropFirst(prefix.count)), Int32(id))) }
    }
    return (starts, continuations)
  }
}
