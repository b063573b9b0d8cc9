import TestSupport
import Tokenizers

/// Builds `tokenizer.json` documents with a vocabulary small enough to write down.
enum TinyBytePairs {
  enum Alphabet: Sendable { case bytes, characters }

  static let texts = [
    "hello world, the  12345 testing's 12 aaaaaaa\u{D}\u{A}\u{A}",
    "\u{E9} e\u{301} \u{C5} \u{4F60}\u{597D} \u{1F600}\u{2581}",
    "<|end|>hello <|end|> the<|pad|> world <pad>qq<qq>qqa",
    "    hello  HELLO\u{9}re're 'RE\u{A} world",
    "2\u{B2}\u{BD} 123456789 \u{663} x!?",
    "",
  ]

  static let merges: [(String, String)] = [
    ("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), (" ", "w"), ("o", "r"), (" w", "or"), (" wor", "l"),
    (" worl", "d"), (" ", "t"), (" t", "he"), ("i", "n"), ("in", "g"), (" ", " "), ("  ", "  "), ("1", "2"),
    ("12", "3"), ("'", "s"), ("\r", "\n"), ("\n", "\n"), ("a", "a"), ("aa", "aa"), ("l", "d"), ("r", "e"),
    ("'", "re"), ("e", " "),
  ]

  static func printable(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { PrintableAlphabet.characters[Int($0)] }.joined()
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The tokens in the order of their ids, and the merges.
  static func vocabulary(_ alphabet: Alphabet) -> (tokens: [String], merges: [(String, String)]) {
    var tokens: [String] = []
    switch alphabet {
    case .bytes:
      for byte in UInt8(0)...255 { tokens.append(printable([byte])) }
      let merges = merges.map { (printable($0.utf8), printable($1.utf8)) }
      return (tokens + merges.map { $0 + $1 }, merges)
    case .characters:
      tokens = ["<unk>", "<s>", "</s>"]
      for byte in 0..<256 {
        tokens.append("<0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) + ">")
      }
      let merges = merges.filter { !($0.0 + $0.1).unicodeScalars.contains("\n") }.map { (spaced($0), spaced($1)) }
      for (left, right) in merges {
        for character in left + right where !tokens.contains(String(character)) { tokens.append(String(character)) }
      }
      return (tokens + merges.map { $0 + $1 }, merges)
    }
  }

  private static func spaced(_ text: String) -> String {
    String(text.map { $0 == " " ? "\u{2581}" : $0 })
  }

  /// A whole document.
  static func json(_ alphabet: Alphabet, parts: String, flags: String = "") -> String {
    let (tokens, merges) = vocabulary(alphabet)
    let vocabulary = tokens.enumerated().map { "\(quoted($1)): \($0)" }.joined(separator: ", ")
    let list = merges.map { "[\(quoted($0.0)), \(quoted($0.1))]" }.joined(separator: ", ")
    let unknown = alphabet == .bytes ? "null" : "\"<unk>\""
    return """
      {"version": "1.0", \(parts.isEmpty ? "" : parts + ",") "model": {"type": "BPE", "unk_token": \(unknown),
      \(flags.isEmpty ? "" : flags + ",") "vocab": {\(vocabulary)}, "merges": [\(list)]}}
      """
  }

  static func load(_ alphabet: Alphabet, parts: String, flags: String = "") throws -> Tokenizer {
    try Tokenizer(json: Array(json(alphabet, parts: parts, flags: flags).utf8), file: "tiny.json")
  }
}
