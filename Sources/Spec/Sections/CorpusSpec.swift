import Calibration

/// A text to take tokens from.
package struct CorpusSpec: Sendable, Equatable {
  package enum Format: Sendable, Equatable {
    /// One plain text.
    case text
    /// One JSON object a line, or a list of objects, with the text under `field`.
    case jsonLines(field: String)
  }

  package let path: FileLocation
  /// What reports and gates call it.
  package let name: String
  package let format: Format
  /// This corpus's part of the tokens, relative to the others': shares need not sum to one.
  package let share: Double
  /// Whether special tokens that texts spell are tokens.
  package let special: Bool

  /// Reads a path, or a mapping with `path`, `name`, `share`, `field` and `special`.
  static var kind: ValueKind<CorpusSpec> {
    ValueKind.mapping(orOnly: "path") { CorpusSpec(reading: &$0) }.described(as: "corpora")
  }

  private init?(reading options: inout MappingReader) {
    let path = options.required("path", .input)
    let name = options.optional("name", .text("a name"))
    share = options.value("share", .number(in: .above(0)), default: Defaults.share)
    if path.map({ Corpus.holdsObjects($0.written) }) ?? false {
      format = .jsonLines(field: options.value("field", .text("the name of a field"), default: Defaults.field))
    } else {
      let field = options.optional("field", .text("the name of a field"))
      format = field.map { .jsonLines(field: $0) } ?? .text
    }
    special = options.value("special", .truth, default: Defaults.special)
    guard let path else { return nil }
    self.path = path
    self.name = name ?? path.baseName
  }

  /// Reads `corpora`, a list, or `corpus`, the only one.
  ///
  /// - Returns: nil when there is neither, or what there is was reported as wrong.
  static func list(from options: inout MappingReader) -> [CorpusSpec]? {
    let corpora = options.optional("corpora", .list(of: kind))
    let corpus = options.optional("corpus", kind)
    options.refuse("corpus", beside: "corpora", "found corpus beside corpora, expected one of them")
    return corpora ?? corpus.map { [$0] }
  }
}

/// How much text is taken, and in what pieces.
package struct TokenBudget: Sendable, Equatable {
  /// A positive multiple of `context`.
  package let tokens: Int
  /// Tokens in one sequence.
  package let context: Int

  package var sequences: Int { tokens / context }

  /// Reads `tokens` and `context`; `sequences` contexts by default.
  init(reading options: inout MappingReader, sequences: Int) {
    let context = options.value("context", .integer(in: .from(4, to: Limits.context)), default: Defaults.context)
    let tokens = options.value("tokens", .integer(in: .from(1, to: Limits.tokens)), default: sequences * context)
    if tokens % context != 0 {
      let below = tokens / context * context
      let near = below == 0 ? "\(context)" : "\(below) or \(below + context)"
      options.report(
        at: "tokens", "found \(tokens) tokens, expected a multiple of context (\(context)), such as \(near)")
    }
    self.context = context
    self.tokens = tokens
  }
}
