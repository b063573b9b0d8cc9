/// A pair of tokens that a merge joins, by their ids.
struct MergePair: Sendable, Equatable {
  let left: Int32
  let right: Int32
}

/// Puts together the tables of a byte-pair model.
enum BytePairBuilder {
  /// A table of merges whose ranks are their places in the list.
  ///
  /// - Parameter results: the token that each merge makes.
  static func table(_ merges: [MergePair], results: [Int32]) -> PairTable {
    var table = PairTable(capacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      table.insert(merge.left, merge.right, .init(rank: UInt32(rank), result: results[rank]))
    }
    return table
  }

  /// The tokens of all bytes written as `<0xHH>`, or nil when one is missing.
  static func byteTokens(in vocabulary: ByteStringTable) -> [Int32]? {
    var tokens: [Int32] = []
    for byte in UInt8(0)...255 {
      guard let id = vocabulary.find(Array(byteTokenText(byte).utf8)) else { return nil }
      tokens.append(id)
    }
    return tokens
  }

  static func byteTokenText(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(byte < 16 ? "0" : "")\(digits)>"
  }

  /// The byte that a token's text names as `<0xHH>`, or nil.
  static func byte(ofToken text: [UInt8]) -> UInt8? {
    guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">"), text[3] != UInt8(ascii: "+")
    else { return nil }
    return UInt8(String(decoding: text[3...4], as: UTF8.self), radix: 16)
  }

  /// The characters among the tokens.
  static func characters(of tokens: [[UInt8]]) -> ByteStringTable {
    var table = ByteStringTable(capacity: 4096)
    for (id, text) in tokens.enumerated() where !text.isEmpty && characterEnds(text).count == 1 {
      table.insert(text, Int32(id))
    }
    return table
  }

  /// Where each character of a text ends.
  static func characterEnds(_ text: [UInt8]) -> [Int] {
    (1...max(1, text.count)).filter { $0 == text.count || ($0 < text.count && text[$0] & 0xC0 != 0x80) }
  }

  /// The pairs of symbols between which some merge can reach across, see `CharacterAlphabet.joints`.
  static func joints(_ merges: [MergePair], texts: [[UInt8]], symbols: ByteStringTable) -> PairTable {
    var pairs: [MergePair] = []
    for merge in merges {
      let left = texts[Int(merge.left)]
      let right = texts[Int(merge.right)]
      // A token for a byte is itself a symbol, besides being a text of six characters.
      let leftEnds = [byte(ofToken: left) == nil ? nil : merge.left, lastSymbol(left, symbols)].compactMap { $0 }
      let rightStarts = [byte(ofToken: right) == nil ? nil : merge.right, firstSymbol(right, symbols)].compactMap { $0 }
      for end in leftEnds { for start in rightStarts { pairs.append(MergePair(left: end, right: start)) } }
    }
    var table = PairTable(capacity: pairs.count)
    for pair in pairs { table.insert(pair.left, pair.right, .init(rank: 0, result: 0)) }
    return table
  }

  private static func firstSymbol(_ text: [UInt8], _ symbols: ByteStringTable) -> Int32? {
    let end = text.indices.dropFirst().first { text[$0] & 0xC0 != 0x80 } ?? text.count
    return symbols.find(Array(text[..<end]))
  }

  private static func lastSymbol(_ text: [UInt8], _ symbols: ByteStringTable) -> Int32? {
    let start = text.indices.dropFirst().last { text[$0] & 0xC0 != 0x80 } ?? 0
    return symbols.find(Array(text[start...]))
  }
}
