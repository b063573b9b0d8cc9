import Foundation
import Patterns

/// One change to a text before it is cut into words: a normalizer of `tokenizer.json`, or the part of a pre-tokenizer
/// that inserts characters.
enum TextRewrite: Sendable {
  /// Puts bytes before any text that is not empty.
  case prepend([UInt8])
  /// Puts bytes before a text that does not start with them yet; perhaps only at the start of the whole input.
  case prefix([UInt8], onlyAtStart: Bool)
  case replace(Pattern, with: [UInt8])
  case compose(NormalizationForm)
  case lowercase
  case bert(BertNormalizer)
  /// Replaces graphemes by a table.
  case map(CharacterMap)
  case sentencePiece(SentencePieceNormalizer)
  /// Takes off marks (M).
  case removeMarks
  /// Drops control characters and makes the rarer white space a space (the library's `Nmt`).
  case plainSpaces
  /// Puts bytes before every word that does not start with them yet, and drops the white space between words.
  case joinWords([UInt8])
  case strip(left: Bool, right: Bool)

  /// The forms of Unicode Standard Annex #15.
  enum NormalizationForm: String, Sendable, CaseIterable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"

    /// The first byte of UTF-8 that this form can change. NFC leaves everything below U+0300 alone.
    var firstAffectedByte: UInt8 { self == .nfc ? 0xCC : 0x80 }

    func apply(to text: String) -> String {
      switch self {
      case .nfc: text.precomposedStringWithCanonicalMapping
      case .nfd: text.decomposedStringWithCanonicalMapping
      case .nfkc: text.precomposedStringWithCompatibilityMapping
      case .nfkd: text.decomposedStringWithCompatibilityMapping
      }
    }
  }

  /// Changes a text.
  ///
  /// - Parameter isAtStart: whether the text stands at the start of the whole input.
  func apply(to text: inout [UInt8], isAtStart: Bool, scratch: inout PatternScratch) throws(TokenizerError) {
    switch self {
    case .prepend(let bytes):
      if !text.isEmpty { text.insert(contentsOf: bytes, at: 0) }
    case .prefix(let bytes, let onlyAtStart):
      if !text.isEmpty, isAtStart || !onlyAtStart, !text.starts(with: bytes) { text.insert(contentsOf: bytes, at: 0) }
    case .replace(let pattern, let replacement):
      text = try Self.replace(pattern, with: replacement, in: text, scratch: &scratch)
    case .compose(let form):
      guard text.contains(where: { $0 >= form.firstAffectedByte }) else { return }
      text = Array(form.apply(to: String(decoding: text, as: UTF8.self)).utf8)
    case .lowercase:
      let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
      text = scalars.flatMap { Array($0.properties.lowercaseMapping.utf8) }
    case .bert(let normalizer): normalizer.apply(to: &text)
    case .map(let map): map.applyToGraphemes(of: &text)
    case .sentencePiece(let normalizer): normalizer.apply(to: &text)
    case .removeMarks:
      text = Self.filtered(text) { scalar in !GeneralCategories.isMark(scalar.value) ? scalar : nil }
    case .plainSpaces: text = Self.filtered(text, Self.plainSpace)
    case .joinWords(let bytes):
      let words = String(decoding: text, as: UTF8.self).unicodeScalars.split(whereSeparator: {
        $0.properties.isWhitespace
      })
      text = words.flatMap { word in
        let word = Array(String(word).utf8)
        return word.starts(with: bytes) ? word : bytes + word
      }
    case .strip(let left, let right):
      let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
      var scalars = String(decoding: text, as: UTF8.self).unicodeScalars[...]
      if left { scalars = scalars.drop(while: isSpace) }
      while right, let last = scalars.last, isSpace(last) { scalars.removeLast() }
      text = Array(String(scalars).utf8)
    }
  }

  /// Changes or drops scalars one by one.
  private static func filtered(_ text: [UInt8], _ change: (Unicode.Scalar) -> Unicode.Scalar?) -> [UInt8] {
    Array(
      String(String.UnicodeScalarView(String(decoding: text, as: UTF8.self).unicodeScalars.compactMap(change))).utf8)
  }

  private static func plainSpace(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
    default: scalar
    }
  }

  private static func replace(
    _ pattern: Pattern, with replacement: [UInt8], in text: [UInt8], scratch: inout PatternScratch
  ) throws(TokenizerError) -> [UInt8] {
    let span = text.span
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    scratch.grant(bytes: text.count)
    var position = 0
    while let match = try pattern.firstMatch(in: span, from: position, bounds: 0..<text.count, scratch: &scratch) {
      guard !match.isEmpty else { break }
      result += text[position..<match.lowerBound]
      result += replacement
      position = match.upperBound
    }
    result += text[position...]
    return result
  }
}
