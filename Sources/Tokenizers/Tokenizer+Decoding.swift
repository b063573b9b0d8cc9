extension Tokenizer {
  /// The text of some ids. Bytes that are no UTF-8 become U+FFFD.
  ///
  /// - Throws: `TokenizerError.idOutOfRange`.
  package func decode(_ ids: some Sequence<Int32>, special: SpecialText = .drop) throws(TokenizerError) -> String {
    String(decoding: try decodeBytes(ids, special: special), as: UTF8.self)
  }

  /// The bytes of some ids.
  package func decodeBytes(
    _ ids: some Sequence<Int32>, special: SpecialText = .drop
  ) throws(TokenizerError) -> [UInt8] {
    var result: [UInt8] = []
    for id in ids {
      guard tokens.indices.contains(Int(id)) else {
        throw .idOutOfRange(id: id, vocabularySize: vocabularySize)
      }
      let type = types[Int(id)]
      if special == .drop, type == .control || type == .unknown { continue }
      result += bytes(ofToken: Int(id), type: type)
    }
    // The space that encoding puts before a text is no part of it.
    if origin.addsSpacePrefix == true, result.first == UInt8(ascii: " ") { result.removeFirst() }
    return result
  }

  private func bytes(ofToken id: Int, type: TokenType) -> [UInt8] {
    let text = tokens[id]
    switch (model.form, type) {
    case (_, .control), (_, .userDefined), (_, .unknown), (_, .unused):
      return text
    case (.wordPieces, _):
      return wordPiece(text)
    case (.printableBytes, _):
      return PrintableBytes.decode(text) ?? text
    case (.characters, .byte):
      return BytePairBuilder.byte(ofToken: text).map { [$0] } ?? text
    case (.characters, .normal):
      return SentencePieceSpace.replaced(in: text)
    }
  }
}

extension Tokenizer {
  /// The text of a piece of a word, with a space where a word starts.
  private func wordPiece(_ text: [UInt8]) -> [UInt8] {
    if origin.isGGUF {
      guard text.starts(with: SentencePieceSpace.bytes) else { return text }
      return [UInt8(ascii: " ")] + text.dropFirst(SentencePieceSpace.bytes.count)
    }
    guard text.starts(with: WordPieceMark.prefix) else { return [UInt8(ascii: " ")] + text }
    return Array(text.dropFirst(WordPieceMark.prefix.count))
  }
}

/// The character that SentencePiece vocabularies write for a space: U+2581.
enum SentencePieceSpace {
  static let text = "\u{2581}"
  static let bytes: [UInt8] = [0xE2, 0x96, 0x81]

  /// The bytes with spaces in its place.
  static func replaced(in text: [UInt8]) -> [UInt8] {
    guard text.contains(bytes[0]) else { return text }
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index...].starts(with: bytes) {
        result.append(UInt8(ascii: " "))
        index += bytes.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }
}
