/// How a word becomes ids.
enum TokenModel: Sendable {
  case bytePairs(BytePairModel)
  case unigram(UnigramModel)
  case wordPiece(WordPieceModel)

  /// How the texts of tokens stand for text.
  enum TokenForm { case printableBytes, characters, wordPieces }

  var form: TokenForm {
    switch self {
    case .bytePairs(let model): if case .bytes = model.alphabet { .printableBytes } else { .characters }
    case .unigram: .characters
    case .wordPiece: .wordPieces
    }
  }

  var unknown: Int32? {
    switch self {
    case .bytePairs(let model): model.unknown
    case .unigram(let model): model.unknown
    case .wordPiece(let model): model.unknown
    }
  }

  /// Appends the ids of one word.
  ///
  /// - Throws: `TokenizerError.uncovered` when a part has no token.
  func encode(
    _ word: borrowing Span<UInt8>, into ids: inout [Int32], scratch: inout ModelScratch
  ) throws(TokenizerError) {
    switch self {
    case .bytePairs(let model): try model.encode(word, into: &ids, scratch: &scratch)
    case .unigram(let model): try model.encode(word, into: &ids, scratch: &scratch)
    case .wordPiece(let model): model.encode(word, into: &ids, scratch: &scratch)
    }
  }
}

/// Memory that the encoding of many words shares.
struct ModelScratch: Sendable {
  var merger = Merger()
  var cache = WordCache()
  /// The symbols of the word at hand.
  var symbols: [Int32] = []
  var path = UnigramPath()
}

/// Parts of texts that several models need.
enum TextParts {
  static func string(_ text: borrowing Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: bytes(text, range), as: UTF8.self)
  }

  static func bytes(_ text: borrowing Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for index in range { bytes.append(text[index]) }
    return bytes
  }

  /// Appends a scalar as UTF-8.
  static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    if scalar.isASCII { return bytes.append(UInt8(scalar.value)) }
    bytes += UTF8.encode(scalar) ?? .init()
  }

  /// Where the scalar that starts at a place ends.
  @inline(__always)
  static func scalarEnd(_ text: borrowing Span<UInt8>, from start: Int, end: Int) -> Int {
    var position = start + 1
    while position < end, text[position] & 0xC0 == 0x80 { position += 1 }
    return position
  }
}
