import Foundation
import Patterns

/// The cleaning of texts for BERT (`BasicTokenizer` in `tokenization.py`, `BertNormalizer` of the Hugging Face library).
struct BertNormalizer: Sendable, Equatable {
  /// Where the two programs whose ids we give differ.
  enum Dialect: Sendable, Equatable {
    /// Accents are Mn, and of the control characters that are white space only tab and line ends are kept.
    case library
    /// Accents are all marks, and all white space is kept.
    case llamaCpp
  }

  /// Whether control characters go and every white space becomes a space.
  var cleansText = true
  /// Whether ideographs stand alone.
  var separatesIdeographs = true
  /// Whether letters lose their accents.
  var stripsAccents = true
  var lowercases = true
  var dialect = Dialect.library

  func apply(to text: inout [UInt8]) {
    if text.allSatisfy({ $0 < 0x80 }) { return applyToASCII(&text) }
    if cleansText || separatesIdeographs { text = cleaned(text) }
    guard stripsAccents || lowercases else { return }
    let string = String(decoding: text, as: UTF8.self)
    let scalars = (stripsAccents ? string.decomposedStringWithCanonicalMapping : string).unicodeScalars
    text.removeAll(keepingCapacity: true)
    for scalar in scalars {
      if scalar.isASCII {
        text.append(lowercases ? Self.lowercased(UInt8(scalar.value)) : UInt8(scalar.value))
        continue
      }
      let category = GeneralCategories.index(of: scalar.value)
      if stripsAccents, isAccent(category) { continue }
      if lowercases, Self.hasCase(category) {
        text += scalar.properties.lowercaseMapping.utf8
      } else {
        TextParts.append(scalar, to: &text)
      }
    }
  }

  /// The text with spaces for white space, without control characters, and with ideographs standing alone.
  private func cleaned(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 2)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if cleansText {
        if ScalarSet.whiteSpace.contains(scalar.value), staysAsSpace(scalar) {
          result.append(0x20)
          continue
        }
        if Self.isRemoved(scalar) { continue }
      }
      if separatesIdeographs, Self.isIdeograph(scalar) {
        result.append(0x20)
        TextParts.append(scalar, to: &result)
        result.append(0x20)
      } else {
        TextParts.append(scalar, to: &result)
      }
    }
    return result
  }

  private func applyToASCII(_ text: inout [UInt8]) {
    var kept = 0
    for byte in text {
      var byte = byte
      if cleansText {
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { byte = 0x20 }
        if dialect == .llamaCpp, byte == 0x0B || byte == 0x0C { byte = 0x20 }
        if byte < 0x20 || byte == 0x7F { continue }
      }
      text[kept] = lowercases ? Self.lowercased(byte) : byte
      kept += 1
    }
    text.removeLast(text.count - kept)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }

  private func staysAsSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0B, 0x0C, 0x85: dialect == .llamaCpp
    default: true
    }
  }

  private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value == 0 || scalar.value == 0xFFFD { return true }
    // Cc, Cf, Cs and Co.
    return (25...28).contains(GeneralCategories.index(of: scalar.value))
  }

  /// - Parameter category: a number of `GeneralCategories`; 5 to 7 are Mn, Mc and Me.
  private func isAccent(_ category: UInt8) -> Bool {
    category == 5 || (dialect == .llamaCpp && (6...7).contains(category))
  }

  /// Whether scalars of a category may have lower case: Lu, Lt, and the numbers and symbols that look like letters.
  private static func hasCase(_ category: UInt8) -> Bool { [0, 2, 9, 21].contains(category) }

  /// The blocks of ideographs. One bound is not that of the block: the library has it so, and vocabularies in use follow
  /// it.
  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
