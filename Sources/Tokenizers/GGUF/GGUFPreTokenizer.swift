/// A way of cutting texts into words that GGUF files name in `tokenizer.ggml.pre`.
///
/// The file holds no patterns: programs know what each name stands for (llama.cpp, `src/llama-vocab.cpp`). llama.cpp's
/// converter finds the name by encoding a test text and hashing the ids; here the patterns of `tokenizer.json` are
/// compared, after differences that change no match are taken out.
package struct GGUFPreTokenizer: Sendable {
  package let name: String
  /// Further names that mean the same, found in files.
  package var synonyms: [String] = []
  /// The cuts in order, each keeping its matches as pieces.
  package let patterns: [String]
  /// What words consist of before they are merged.
  package enum Alphabet: Sendable {
    case bytes
    /// Characters, with spaces as U+2581.
    case characters
  }

  package var alphabet = Alphabet.bytes
  /// Further lists of patterns that are written under this name.
  package var alternatives: [[String]] = []
  /// Whether words that are tokens stay whole whatever the merges say.
  package var ignoresMerges = false
  /// Whether `bos` is added where the file does not say.
  package var addsBOS = false

  /// The entry of a name.
  ///
  /// - Throws: `TokenizerError.unknownPreTokenizer`.
  package static func named(_ name: String) throws(TokenizerError) -> GGUFPreTokenizer {
    if let entry = all.first(where: { $0.name == name || $0.synonyms.contains(name) }) { return entry }
    throw .unknownPreTokenizer(name: name, known: all.flatMap { [$0.name] + $0.synonyms }.sorted())
  }

  /// The entry of a list of patterns, for a byte-level vocabulary.
  ///
  /// - Throws: `TokenizerError.unnamedPreTokenizer` with the patterns, or `notRepresentable` where a name exists but
  ///   stands for another treatment of whole words.
  package static func identified(by patterns: [String], ignoresMerges: Bool) throws(TokenizerError) -> GGUFPreTokenizer
  {
    let wanted = patterns.map(canonical)
    let matches = all.filter { entry in
      entry.alphabet == .bytes && ([entry.patterns] + entry.alternatives).contains { $0.map(canonical) == wanted }
    }
    if let entry = matches.first(where: { $0.ignoresMerges == ignoresMerges }) { return entry }
    guard let entry = matches.first else { throw .unnamedPreTokenizer(patterns: patterns) }
    throw .notRepresentable(
      reason:
        "ignore_merges is \(ignoresMerges), and the pre-tokenizer \"\(entry.name)\" implies \(entry.ignoresMerges)")
  }

  /// Spells a pattern in one way. The spellings differ in how English contractions ignore case, in escapes, and in
  /// possessive quantifiers where giving back could not help.
  private static func canonical(_ pattern: String) -> String {
    let spellings: [(String, String)] = [
      ("(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])", contractions),
      ("'(?i:[sdmt]|ll|ve|re)", contractions), ("'(?:[sdmt]|ll|ve|re)", "'s|'t|'re|'ve|'m|'ll|'d"),
      ("'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])", contractions),
      ("\r", "\\r"), ("\n", "\\n"), ("?+", "?"), ("++", "+"), ("*+", "*"), ("\\p{N}{1}|", "\\p{N}|"),
      ("|[.,!?…。，、।۔،]", "|.,!?…。，、।۔،"),
    ]
    return spellings.reduce(pattern) { replace($1.0, by: $1.1, in: $0) }
  }

  /// Works on bytes, because a carriage return before a line feed is no character of its own.
  private static func replace(_ part: String, by other: String, in text: String) -> String {
    let pieces = Array(text.utf8).split(separator: Array(part.utf8), omittingEmptySubsequences: false)
    return String(decoding: Array(pieces.joined(separator: Array(other.utf8))), as: UTF8.self)
  }

  static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
}
