/// How a text is cut into the words that the model then encodes one by one.
struct PreTokenizer: Sendable {
  /// Changes to each stretch of text between added tokens.
  var rewrites: [TextRewrite] = []
  /// Cuts, each of the pieces that the one before left.
  var steps: [SplitStep] = []

  /// The expression with which GPT-2 cuts texts (`encoder.py`).
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// How BERT cuts texts: at white space, and around punctuation, which here is that of ASCII and the category P.
  static let punctuation = #"[\p{P}$+<=>^`|~]"#

  static func bert(encoding: TextEncoding = .utf8) throws(TokenizerError) -> PreTokenizer {
    PreTokenizer(steps: [
      SplitStep(pattern: try Pattern(#"\s"#, encoding: encoding), behavior: .removed),
      SplitStep(pattern: try Pattern(punctuation, encoding: encoding)),
    ])
  }

  /// The words of a text, in order.
  func words(
    of text: borrowing Span<UInt8>, bounds: Range<Int>, scratch: inout PatternScratch
  ) throws(TokenizerError) -> [Range<Int>] {
    var pieces = bounds.isEmpty ? [] : [bounds]
    for step in steps {
      var next: [Range<Int>] = []
      next.reserveCapacity(max(pieces.count, bounds.count / 4))
      scratch.grant(bytes: bounds.count)
      for piece in pieces { try step.split(piece, of: text, into: &next, scratch: &scratch) }
      pieces = next
    }
    return pieces
  }
}
