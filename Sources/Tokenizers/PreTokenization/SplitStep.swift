/// One cut of texts into pieces: the matches of a pattern and what lies between them.
struct SplitStep: Sendable {
  /// What becomes of the matches (`SplitDelimiterBehavior` of the Hugging Face library).
  enum Behavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  let pattern: Pattern
  let behavior: Behavior
  /// Whether matches and what lies between them swap their roles.
  let isInverted: Bool

  init(pattern: Pattern, behavior: Behavior = .isolated, isInverted: Bool = false) {
    self.pattern = pattern
    self.behavior = behavior
    self.isInverted = isInverted
  }

  /// The pattern, with the rest of the step where it is not the plain one: what `GGUFPreTokenizer` compares.
  ///
  /// Keeping the matches and removing the rest counts as plain. It is the same for patterns that cover every text, and
  /// those that have names do.
  var signature: String {
    let isPlain = behavior == .isolated || (behavior == .removed && isInverted)
    return isPlain ? pattern.source : "\(pattern.source) (\(behavior.rawValue)\(isInverted ? ", inverted" : ""))"
  }

  private struct Part {
    var range: Range<Int>
    var isDelimiter: Bool
  }

  /// Cuts one piece and appends what comes of it. Empty pieces vanish.
  func split(
    _ piece: Range<Int>, of text: borrowing Span<UInt8>, into pieces: inout [Range<Int>],
    scratch: inout PatternScratch
  ) throws(TokenizerError) {
    if behavior == .isolated {
      // The delimiters stay pieces of their own, so their role does not matter: the common case needs no list.
      try forEachPart(of: piece, in: text, scratch: &scratch) { range, _ in pieces.append(range) }
      return
    }
    var parts: [Part] = []
    try forEachPart(of: piece, in: text, scratch: &scratch) { range, isMatch in
      parts.append(Part(range: range, isDelimiter: isMatch != isInverted))
    }
    switch behavior {
    case .isolated: break
    case .removed: pieces += parts.filter { !$0.isDelimiter }.map(\.range)
    case .contiguous: pieces += Self.merge(parts) { $0.isDelimiter == $1.isDelimiter }
    case .mergedWithPrevious: pieces += Self.merge(parts) { !$0.isDelimiter && $1.isDelimiter }
    case .mergedWithNext: pieces += Self.merge(parts) { $0.isDelimiter && !$1.isDelimiter }
    }
  }

  /// Joins neighbours for which the condition holds.
  private static func merge(_ parts: [Part], where joins: (Part, Part) -> Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for (index, part) in parts.enumerated() {
      if index > 0, joins(parts[index - 1], part), let last = result.popLast() {
        result.append(last.lowerBound..<part.range.upperBound)
      } else {
        result.append(part.range)
      }
    }
    return result
  }

  private func forEachPart(
    of piece: Range<Int>, in text: borrowing Span<UInt8>, scratch: inout PatternScratch,
    _ body: (_ range: Range<Int>, _ isMatch: Bool) -> Void
  ) throws(TokenizerError) {
    var end = piece.lowerBound
    var position = piece.lowerBound
    while position <= piece.upperBound,
      let match = try pattern.firstMatch(in: text, from: position, bounds: piece, scratch: &scratch)
    {
      if match.lowerBound > end { body(end..<match.lowerBound, false) }
      if !match.isEmpty { body(match, true) }
      end = match.upperBound
      // An empty match is a cut; the search goes on behind the next scalar.
      position = match.isEmpty ? pattern.nextPosition(in: text, after: end) : end
    }
    if end < piece.upperBound { body(end..<piece.upperBound, false) }
  }
}

extension Pattern {
  /// The matches in a text and what lies between them, in order. Empty matches are cuts and leave nothing.
  package func pieces(of text: String) throws(TokenizerError) -> [String] {
    let bytes = Array(text.utf8)
    var ranges: [Range<Int>] = []
    var scratch = PatternScratch()
    scratch.grant(bytes: bytes.count)
    try SplitStep(pattern: self).split(0..<bytes.count, of: bytes.span, into: &ranges, scratch: &scratch)
    return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
  }
}
