import Patterns

/// Parses the subset of Oniguruma's Ruby syntax that `tokenizer.json` files use.
///
/// Understood: alternation, groups `(…)`, `(?:…)`, `(?i:…)`, `(?>…)`, lookahead, `? * + {m,n}` with lazy and possessive
/// forms, classes with ranges, nesting, negation and `&&`, `\p{…}` for general categories, `\s \d \w \h` and their
/// negations, `\b \B \A \z ^ $ .`. As in that syntax a `+` after `{m,n}` repeats again, it does not make possessive.
struct PatternParser {
  let pattern: String
  let scalars: [UInt32]
  var position = 0
  var ignoresCase = false
  private var depth = 0
  var classDepth = 0

  private init(_ pattern: String) {
    self.pattern = pattern
    scalars = pattern.unicodeScalars.map(\.value)
  }

  /// - Throws: `TokenizerError.pattern` at the first thing that is not understood.
  static func parse(_ pattern: String) throws(TokenizerError) -> PatternNode {
    var parser = PatternParser(pattern)
    let node = try parser.alternatives()
    guard parser.position == parser.scalars.count else { throw parser.mistake("found a closing parenthesis too many") }
    return node
  }

  func mistake(_ reason: String, at place: Int? = nil) -> TokenizerError {
    .pattern(pattern, position: place ?? position, reason: reason)
  }

  func peek(_ character: Unicode.Scalar, ahead: Int = 0) -> Bool {
    position + ahead < scalars.count && scalars[position + ahead] == character.value
  }

  mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars.map(\.value)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func alternatives() throws(TokenizerError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw mistake("groups are nested deeper than 100 levels") }
    let outerCase = ignoresCase
    defer { ignoresCase = outerCase }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(TokenizerError) -> PatternNode {
    var parts: [PatternNode] = []
    while position < scalars.count, !peek("|"), !peek(")") {
      let part = try atom()
      parts.append(try quantified(part))
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  // MARK: - Quantifiers

  private mutating func quantified(_ part: PatternNode) throws(TokenizerError) -> PatternNode {
    var node = part
    var count = 0
    while position < scalars.count {
      let start = position
      let minimum: Int
      let maximum: Int?
      var isInterval = false
      if take("?") {
        (minimum, maximum) = (0, 1)
      } else if take("*") {
        (minimum, maximum) = (0, nil)
      } else if take("+") {
        (minimum, maximum) = (1, nil)
      } else if let bounds = try interval() {
        (minimum, maximum) = bounds
        isInterval = true
      } else {
        return node
      }
      // Each is a level of the tree, which is walked by recursion.
      count += 1
      guard count <= 8 else { throw mistake("more than 8 quantifiers for one thing", at: start) }
      if maximum != 1, node.isNullable { throw mistake("what is repeated can match the empty text", at: start) }
      var greed = PatternNode.Greed.greedy
      if isInterval {
        if peek("?") { throw mistake("a lazy interval is not supported") }
      } else if take("?") {
        greed = .lazy
      } else if take("+") {
        greed = .possessive
      }
      node = .repeated(node, minimum: minimum, maximum: maximum, greed)
    }
    return node
  }

  /// Reads `{m}`, `{m,}`, `{,n}` or `{m,n}`. A brace that starts none of these is a literal.
  private mutating func interval() throws(TokenizerError) -> (Int, Int?)? {
    let start = position
    guard take("{") else { return nil }
    let lower = try number()
    let upper: Int?
    if take(",") {
      upper = try number()
      guard lower != nil || upper != nil else { return rewind(start) }
    } else {
      guard lower != nil else { return rewind(start) }
      upper = lower
    }
    guard take("}") else { return rewind(start) }
    if let lower, let upper, lower > upper { throw mistake("the interval's bounds are reversed", at: start) }
    return (lower ?? 0, upper)
  }

  private mutating func rewind(_ place: Int) -> (Int, Int?)? {
    position = place
    return nil
  }

  private mutating func number() throws(TokenizerError) -> Int? {
    let start = position
    var value = 0
    while position < scalars.count, (0x30...0x39).contains(scalars[position]) {
      value = value * 10 + Int(scalars[position] - 0x30)
      guard value <= 10_000 else { throw mistake("more than 10000 repetitions", at: start) }
      position += 1
    }
    return position == start ? nil : value
  }

  // MARK: - Atoms

  private mutating func atom() throws(TokenizerError) -> PatternNode {
    let start = position
    if peek("[") { return .scalar(try characterClass()) }
    if take("(") { return try group() }
    if take(".") { return .scalar(.complement(.scalar(0x0A))) }
    if take("^") { return .assertion(.lineStart) }
    if take("$") { return .assertion(.lineEnd) }
    if take("\\b") { return .assertion(.wordBoundary) }
    if take("\\B") { return .assertion(.noWordBoundary) }
    if take("\\A") { return .assertion(.textStart) }
    if take("\\z") { return .assertion(.textEnd) }
    if peek("\\") { return .scalar(try folded(try escape())) }
    if peek("*") || peek("+") || peek("?") { throw mistake("found a quantifier with nothing to repeat") }
    guard position < scalars.count else { throw mistake("the pattern ends too early", at: start) }
    defer { position += 1 }
    return .scalar(try folded(.scalar(scalars[position])))
  }

  private mutating func group() throws(TokenizerError) -> PatternNode {
    let start = position
    let node: PatternNode
    if take("?=") {
      node = .lookahead(try alternatives(), negative: false)
    } else if take("?!") {
      node = .lookahead(try alternatives(), negative: true)
    } else if take("?>") {
      node = .atomic(try alternatives())
    } else if take("?:") || !peek("?") {
      node = try alternatives()
    } else if take("?i:") {
      node = try alternatives(ignoringCase: true)
    } else if take("?-i:") {
      node = try alternatives(ignoringCase: false)
    } else if take("?i)") {
      ignoresCase = true
      return try alternatives()
    } else {
      throw mistake("this kind of group is not supported", at: start)
    }
    guard take(")") else { throw mistake("expected a closing parenthesis") }
    return node
  }

  private mutating func alternatives(ignoringCase: Bool) throws(TokenizerError) -> PatternNode {
    let outer = ignoresCase
    defer { ignoresCase = outer }
    ignoresCase = ignoringCase
    return try alternatives()
  }

  func folded(_ set: ScalarSet) throws(TokenizerError) -> ScalarSet {
    guard ignoresCase else { return set }
    guard let result = set.caseInsensitive() else { throw mistake("a wide range cannot ignore case") }
    return result
  }
}
