/// What SentencePiece does to a text before it looks for tokens (`normalizer.cc`).
struct SentencePieceNormalizer: Sendable, Equatable {
  var map: CharacterMap?
  /// Whether a space is put before the text.
  var addsPrefix = true
  /// Whether spaces at the ends go, and of several between words one stays.
  var removesExtraSpaces = true

  func apply(to text: inout [UInt8]) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4 + 3)
    var isInWord = false
    var hasPrefix = false
    func add(_ bytes: ArraySlice<UInt8>) {
      for byte in bytes {
        if byte == 0x20 {
          isInWord = false
          if !removesExtraSpaces { result += SentencePieceSpace.bytes }
          continue
        }
        if !isInWord {
          isInWord = true
          if removesExtraSpaces ? addsPrefix || hasPrefix || !result.isEmpty : addsPrefix && !hasPrefix {
            result += SentencePieceSpace.bytes
            hasPrefix = true
          }
        }
        result.append(byte)
      }
    }
    defer {
      text = result
      // Also where the text itself ends with the character that stands for a space.
      while removesExtraSpaces, text.suffix(SentencePieceSpace.bytes.count).elementsEqual(SentencePieceSpace.bytes) {
        text.removeLast(SentencePieceSpace.bytes.count)
      }
    }
    guard let map else { return add(text[...]) }
    var position = 0
    while position < text.count {
      let rest = text[position...]
      if let (length, replacement) = map.replacement(for: rest) {
        add(replacement)
        position += length
      } else {
        var end = position + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        add(text[position..<end])
        position = end
      }
    }
  }
}
