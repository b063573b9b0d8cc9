/// Remembers the ids of words within one call. It forgets everything when it is full, so its memory is bounded.
struct WordCache: Sendable {
  private static let mostWords = 1 << 16
  /// Longer words seldom come again.
  static let longestWord = 64

  private var words = ByteStringTable()
  private var starts: [Int] = []
  private var ids: [Int32] = []

  init() {}

  /// Appends the ids of a word that is known. Returns whether it is.
  mutating func append(_ word: borrowing Span<UInt8>, to result: inout [Int32]) -> Bool {
    guard let entry = words.find(word) else { return false }
    let start = starts[Int(entry)]
    let end = Int(entry) + 1 < starts.count ? starts[Int(entry) + 1] : ids.count
    for index in start..<end { result.append(ids[index]) }
    return true
  }

  /// Remembers the ids that a word has become: those from `start` on.
  mutating func insert(_ word: borrowing Span<UInt8>, idsFrom start: Int, of result: [Int32]) {
    if words.count == Self.mostWords {
      words.removeAll()
      starts.removeAll(keepingCapacity: true)
      ids.removeAll(keepingCapacity: true)
    }
    guard words.insert(word, Int32(words.count)) == nil else { return }
    starts.append(ids.count)
    ids += result[start...]
  }
}
