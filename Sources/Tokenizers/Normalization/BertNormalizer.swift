import Foundation

/// The cleaning of texts for BERT (`BasicTokenizer` in `tokenization.py`, `BertNormalizer` of the Hugging Face library).
struct BertNormalizer: Sendable, Equatable {
  /// What counts as an accent.
  enum Accents: Sendable, Equatable {
    /// Mn, as BERT's own code has it.
    case nonspacing
    /// All marks, as llama.cpp has it.
    case all
  }

  /// Whether control characters go and every white space becomes a space.
  var cleansText = true
  /// Whether ideographs stand alone.
  var separatesIdeographs = true
  /// The accents that are taken off, or nil.
  var accents: Accents? = .nonspacing
  var lowercases = true

  func apply(to text: inout [UInt8]) {
    if text.allSatisfy({ $0 < 0x80 }) { return applyToASCII(&text) }
    var scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    if cleansText || separatesIdeographs {
      var cleaned = String.UnicodeScalarView()
      for scalar in scalars {
        if cleansText, Self.isRemoved(scalar) { continue }
        if cleansText, Self.isSpace(scalar) {
          cleaned.append(" ")
        } else if separatesIdeographs, Self.isIdeograph(scalar) {
          cleaned.append(contentsOf: [" ", scalar, " "])
        } else {
          cleaned.append(scalar)
        }
      }
      scalars = cleaned
    }
    if let accents {
      let decomposed = String(scalars).decomposedStringWithCanonicalMapping.unicodeScalars
      scalars = String.UnicodeScalarView(decomposed.filter { !Self.isAccent($0, accents) })
    }
    guard lowercases else {
      text = Array(String(scalars).utf8)
      return
    }
    text.removeAll(keepingCapacity: true)
    for scalar in scalars { text += scalar.properties.lowercaseMapping.utf8 }
  }

  private func applyToASCII(_ text: inout [UInt8]) {
    var kept = 0
    for byte in text {
      var byte = byte
      if cleansText {
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { byte = 0x20 }
        if byte < 0x20 || byte == 0x7F { continue }
      }
      if lowercases, (0x41...0x5A).contains(byte) { byte += 0x20 }
      text[kept] = byte
      kept += 1
    }
    text.removeLast(text.count - kept)
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: return false
    case 0, 0xFFFD: return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse: return true
    default: return false
    }
  }

  private static func isAccent(_ scalar: Unicode.Scalar, _ accents: Accents) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark: true
    case .spacingMark, .enclosingMark: accents == .all
    default: false
    }
  }

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
