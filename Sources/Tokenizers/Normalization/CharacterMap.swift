import Tensors

/// SentencePiece's table of replacements (`precompiled_charsmap`): what sequences of characters are written as.
///
/// The table is a double-array trie (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure", in
/// the layout of Darts-clone) whose values are places among texts that end with a zero.
struct CharacterMap: Sendable, Equatable {
  /// How a text is walked.
  enum Matching: Sendable, Equatable {
    /// The longest sequence at each place, as SentencePiece and llama.cpp do.
    case longest
    /// As the Hugging Face library does: a grapheme of less than six bytes as a whole, else scalar by scalar; of several
    /// sequences at its start, the shortest.
    case graphemes
  }

  /// The file's own bytes, for writing them again.
  let bytes: [UInt8]
  private let units: [UInt32]
  private let texts: ArraySlice<UInt8>
  /// Whether a plain ASCII character is replaced, so that texts of these cannot be skipped.
  private var replacesASCII = false

  /// Reads the table: the size of the trie in bytes, the trie as little-endian words, the texts.
  ///
  /// - Throws: `TokenizerError.malformed` when it is shorter than it says.
  init(_ bytes: [UInt8], file: String, part: String) throws(TokenizerError) {
    guard bytes.count >= 4 else {
      throw .malformed(file: file, part: part, reason: "\(bytes.count) bytes; expected at least 4")
    }
    let size = Int(unsafe bytes.span.bytes.littleEndian(UInt32.self, at: 0))
    guard size % 4 == 0, size > 0, size <= bytes.count - 4 else {
      throw .malformed(
        file: file, part: part, reason: "the table says that its trie has \(size) bytes, of \(bytes.count - 4)")
    }
    self.bytes = bytes
    units = (0..<size / 4).map { unsafe bytes.span.bytes.littleEndian(UInt32.self, at: 4 + 4 * $0) }
    texts = bytes[(4 + size)...]
    replacesASCII = (UInt8(0x20)...0x7E).contains { replacement(for: [$0]) != nil }
  }

  // MARK: - The trie

  /// Calls back for each sequence that stands at a place, shortest first, until the answer is false.
  private func forEachMatch(_ text: ArraySlice<UInt8>, _ body: (_ length: Int, _ value: Int) -> Bool) {
    var node = offset(units[0])
    for (index, byte) in text.enumerated() {
      guard byte != 0 else { return }
      node ^= Int(byte)
      guard node < units.count else { return }
      let unit = units[node]
      guard unit & 0x8000_00FF == UInt32(byte) else { return }
      node ^= offset(unit)
      if unit >> 8 & 1 == 1 {
        guard node < units.count, body(index + 1, Int(units[node] & 0x7FFF_FFFF)) else { return }
      }
    }
  }

  private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

  private func text(at place: Int) -> ArraySlice<UInt8> {
    guard place < texts.count else { return [] }
    return texts[(texts.startIndex + place)...].prefix { $0 != 0 }
  }

  // MARK: - Rewriting

  /// What stands for the longest sequence at the start of a text, and how long that is, or nil.
  func replacement(for text: ArraySlice<UInt8>) -> (length: Int, text: ArraySlice<UInt8>)? {
    var found: (length: Int, value: Int)?
    forEachMatch(text) { length, value in
      found = (length, value)
      return true
    }
    return found.map { ($0.length, self.text(at: $0.value)) }
  }

  private func shortestReplacement(for text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var found: Int?
    forEachMatch(text) { _, value in
      found = value
      return false
    }
    return found.map { self.text(at: $0) }
  }

  /// Replaces in a text by graphemes.
  func applyToGraphemes(of text: inout [UInt8]) {
    if !replacesASCII, text.allSatisfy({ (0x20...0x7E).contains($0) }) { return }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for grapheme in String(decoding: text, as: UTF8.self) {
      let bytes = Array(grapheme.utf8)
      if bytes.count < 6, let replacement = shortestReplacement(for: bytes[...]) {
        result += replacement
        continue
      }
      for scalar in grapheme.unicodeScalars {
        let part = Array(UTF8.encode(scalar) ?? .init())
        result += shortestReplacement(for: part[...]) ?? part[...]
      }
    }
    // A damaged table may hold what is no UTF-8, and patterns rely on it.
    text = Array(String(decoding: result, as: UTF8.self).utf8)
  }
}
