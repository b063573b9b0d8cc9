import Patterns

/// A token that is found in the text before anything else happens to it.
struct AddedToken: Sendable {
  let content: [UInt8]
  let id: Int32
  /// Whether it controls the model, so that it is no ordinary text.
  var isSpecial = false
  /// Whether it is looked for in the normalized text.
  var isNormalized = false
  /// Whether it takes white space before it.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it is only found where no letter or digit touches it.
  var isSingleWord = false
}

/// Finds added tokens in a text: leftmost first, of those the longest.
struct AddedTokenFinder: Sendable {
  /// A stretch of text, or one token.
  struct Segment {
    let range: Range<Int>
    let id: Int32?
  }

  private let tokens: [AddedToken]
  /// For each first byte whether any token starts with it.
  private var isFirstByte = [Bool](repeating: false, count: 256)
  /// The places of the tokens in the list, by their texts.
  private let trie: ByteTrie

  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    // Of equal texts the last counts.
    trie = ByteTrie(tokens.indices.reversed().map { (tokens[$0].content, Int32($0)) }.filter { !$0.0.isEmpty })
    for token in tokens { if let first = token.content.first { isFirstByte[Int(first)] = true } }
  }

  var isEmpty: Bool { tokens.isEmpty }
  /// The ids of tokens that control the model.
  var specialIDs: Set<Int32> { Set(tokens.filter(\.isSpecial).map(\.id)) }

  /// Cuts a text at the tokens in it.
  ///
  /// - Parameter findsSpecial: whether special tokens are cut out too, or stay text.
  func segments(of text: borrowing Span<UInt8>, bounds: Range<Int>, findsSpecial: Bool) -> [Segment] {
    var segments: [Segment] = []
    var end = bounds.lowerBound
    var position = bounds.lowerBound
    while position < bounds.upperBound {
      guard isFirstByte[Int(text[position])], let match = trie.longest(in: text, from: position, end: bounds.upperBound)
      else {
        position += 1
        continue
      }
      let start = position
      position = match.end
      let token = tokens[Int(match.value)]
      guard findsSpecial || !token.isSpecial else { continue }
      if token.isSingleWord, touchesWord(text, start..<match.end, bounds: bounds) { continue }
      // A token may begin with white space that the one before took: the library gives both.
      let left = token.stripsLeft ? max(end, Self.spaceStart(text, before: start, bounds: bounds)) : start
      let right = token.stripsRight ? Self.spaceEnd(text, after: match.end, bounds: bounds) : match.end
      if left > end { segments.append(Segment(range: end..<left, id: nil)) }
      segments.append(Segment(range: min(left, right)..<right, id: token.id))
      end = right
    }
    if end < bounds.upperBound { segments.append(Segment(range: end..<bounds.upperBound, id: nil)) }
    return segments
  }

  // MARK: - Neighbours

  private func touchesWord(_ text: borrowing Span<UInt8>, _ range: Range<Int>, bounds: Range<Int>) -> Bool {
    if range.lowerBound > bounds.lowerBound {
      let start = Self.scalarStart(text, before: range.lowerBound, bounds: bounds)
      if ScalarSet.word.contains(Self.scalar(text, start..<range.lowerBound)) { return true }
    }
    guard range.upperBound < bounds.upperBound else { return false }
    let end = Self.scalarEnd(text, from: range.upperBound, bounds: bounds)
    return ScalarSet.word.contains(Self.scalar(text, range.upperBound..<end))
  }

  private static func spaceStart(_ text: borrowing Span<UInt8>, before end: Int, bounds: Range<Int>) -> Int {
    var position = end
    while position > bounds.lowerBound {
      let start = scalarStart(text, before: position, bounds: bounds)
      guard ScalarSet.whiteSpace.contains(scalar(text, start..<position)) else { break }
      position = start
    }
    return position
  }

  private static func spaceEnd(_ text: borrowing Span<UInt8>, after start: Int, bounds: Range<Int>) -> Int {
    var position = start
    while position < bounds.upperBound {
      let end = scalarEnd(text, from: position, bounds: bounds)
      guard ScalarSet.whiteSpace.contains(scalar(text, position..<end)) else { break }
      position = end
    }
    return position
  }

  private static func scalarStart(_ text: borrowing Span<UInt8>, before end: Int, bounds: Range<Int>) -> Int {
    var start = end - 1
    while start > bounds.lowerBound, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  private static func scalarEnd(_ text: borrowing Span<UInt8>, from start: Int, bounds: Range<Int>) -> Int {
    var end = start + 1
    while end < bounds.upperBound, text[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }

  private static func scalar(_ text: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt32 {
    var bytes: [UInt8] = []
    for index in range { bytes.append(text[index]) }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.first?.value ?? 0
  }
}
