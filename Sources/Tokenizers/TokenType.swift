/// What kind of token a row of the vocabulary is. The numbers are those of GGUF's `tokenizer.ggml.token_type`.
package enum TokenType: Int32, Sendable, CaseIterable {
  case normal = 1
  case unknown = 2
  case control = 3
  case userDefined = 4
  case unused = 5
  case byte = 6
}

/// Whether special tokens exist for an encoding.
package enum SpecialTokens: Sendable {
  /// The text gets the tokens that the model expects around it, and the names of special tokens in it become them.
  case addAndParse
  /// Nothing is added, but the names of special tokens in the text become them: the text already says what surrounds it,
  /// as that of a chat template does.
  case parse
  /// Nothing is added, and the names of special tokens are ordinary text.
  case none
}

/// What becomes of special tokens when ids are turned into text.
package enum SpecialText: Sendable {
  case keep
  case drop
}
