import Patterns

/// A regular expression as a tree.
indirect enum PatternNode: Sendable, Equatable {
  /// Matches the empty text.
  case empty
  /// One scalar out of a set.
  case scalar(ScalarSet)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case repeated(PatternNode, minimum: Int, maximum: Int?, Greed)
  /// What follows must (or must not) match; nothing is consumed.
  case lookahead(PatternNode, negative: Bool)
  /// A part that is never entered again once it has matched.
  case atomic(PatternNode)
  case assertion(Assertion)

  enum Greed: Sendable { case greedy, lazy, possessive }

  /// Conditions on a place in the text. Lines end before a line feed, as in Oniguruma's Ruby syntax.
  enum Assertion: Sendable { case lineStart, lineEnd, textStart, textEnd, wordBoundary, noWordBoundary }

  /// Whether the empty text can match.
  var isNullable: Bool {
    switch self {
    case .empty, .lookahead, .assertion: true
    case .scalar: false
    case .sequence(let parts): parts.allSatisfy(\.isNullable)
    case .alternatives(let parts): parts.contains(where: \.isNullable)
    case .repeated(let part, let minimum, _, _): minimum == 0 || part.isNullable
    case .atomic(let part): part.isNullable
    }
  }
}
