import Testing

/// Small tokenizers and what PyPI's `tokenizers` 0.23.3 gives for them: `Tokenizer.from_str(json).encode(text)` with
/// special tokens, for each text of `TinyBytePairs.texts`.
struct TinyExpectation: Sendable, CustomTestStringConvertible {
  let name: String
  let alphabet: TinyBytePairs.Alphabet
  /// Members of the document besides the model.
  let parts: String
  /// Members of the model besides its vocabulary.
  let flags: String
  let ids: [[Int32]]

  var testDescription: String { name }

  static let all = bytes + cuts + characters
}
