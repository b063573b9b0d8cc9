/// Parses expressions of Python's `re`. Written after CPython's documentation of the module, and compared with it.
struct PythonParser {
  let source: String
  let scalars: [UInt32]
  var position = 0
  var flags = Flags()
  private var depth = 0
  private var names: Set<String> = []

  struct Flags: Equatable {
    var ignoresCase = false
    var isMultiline = false
    var dotTakesAll = false
    var isASCII = false
  }

  /// What quantifiers ask of what stands before them.
  private enum Last { case nothing, assertion, repetition, other }

  private init(_ source: String) {
    self.source = source
    scalars = source.unicodeScalars.map(\.value)
  }

  static func parse(_ source: String) throws(PatternError) -> PythonNode {
    var parser = PythonParser(source)
    let node = try parser.alternatives(isOutermost: true)
    guard parser.position == parser.scalars.count else { throw parser.mistake("found a closing parenthesis too many") }
    return node
  }

  func mistake(_ reason: String, at place: Int? = nil) -> PatternError {
    PatternError(source: source, position: place ?? position, reason: reason)
  }

  func unsupported(_ what: String, at place: Int? = nil) -> PatternError {
    mistake("\(what) is not supported", at: place)
  }

  var isAtEnd: Bool { position >= scalars.count }

  func peek(_ character: Unicode.Scalar) -> Bool { position < scalars.count && scalars[position] == character.value }

  mutating func take(_ text: String) -> Bool {
    var place = position
    for scalar in text.unicodeScalars {
      guard place < scalars.count, scalars[place] == scalar.value else { return false }
      place += 1
    }
    position = place
    return true
  }

  mutating func takeScalar() -> Unicode.Scalar? {
    guard position < scalars.count else { return nil }
    position += 1
    return Unicode.Scalar(scalars[position - 1])
  }

  // MARK: - Structure

  private mutating func alternatives(isOutermost: Bool = false) throws(PatternError) -> PythonNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 100 else { throw mistake("groups are nested deeper than 100 levels") }
    var branches = [try sequence(mayHaveFlags: isOutermost)]
    while take("|") { branches.append(try sequence(mayHaveFlags: false)) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence(mayHaveFlags: Bool) throws(PatternError) -> PythonNode {
    var parts: [PythonNode] = []
    var last = Last.nothing
    while !isAtEnd, !peek("|"), !peek(")") {
      let start = position
      if let bounds = try quantifier() {
        switch last {
        case .nothing, .assertion: throw mistake("there is nothing to repeat", at: start)
        case .repetition: throw mistake("a repetition is repeated", at: start)
        case .other: break
        }
        if take("+") { throw unsupported("a possessive quantifier", at: start) }
        _ = take("?")
        parts.append(.repeated(parts.removeLast(), minimum: bounds.minimum, maximum: bounds.maximum))
        last = .repetition
        continue
      }
      guard let part = try atom(mayHaveFlags: mayHaveFlags && parts.isEmpty) else { continue }
      if case .assertion = part.node, !part.isGroup { last = .assertion } else { last = .other }
      parts.append(part.node)
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  /// Reads `*`, `+`, `?` or `{m,n}`. A brace that starts no such interval is a literal.
  private mutating func quantifier() throws(PatternError) -> (minimum: Int, maximum: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = position
    guard take("{"), !peek("}") else {
      position = start
      return nil
    }
    let lower = try number()
    let upper = take(",") ? try number() : lower
    guard take("}") else {
      position = start
      return nil
    }
    if let lower, let upper, upper < lower { throw mistake("the interval's bounds are reversed", at: start) }
    return (lower ?? 0, upper)
  }

  private mutating func number() throws(PatternError) -> Int? {
    let start = position
    var value = 0
    while position < scalars.count, (0x30...0x39).contains(scalars[position]) {
      value = value * 10 + Int(scalars[position] - 0x30)
      guard value <= 100_000 else { throw unsupported("a repetition of more than 100000 times", at: start) }
      position += 1
    }
    return position == start ? nil : value
  }

  /// Reads one thing that can be repeated; nil for comments and flags, which are nothing.
  private mutating func atom(mayHaveFlags: Bool) throws(PatternError) -> (node: PythonNode, isGroup: Bool)? {
    if take("(") { return try group(mayHaveFlags: mayHaveFlags).map { ($0, true) } }
    if take("[") { return (.scalar(try characterClass()), false) }
    if take(".") { return (.scalar(flags.dotTakesAll ? .everything : .complement(.scalar(0x0A))), false) }
    if take("^") { return (.assertion(flags.isMultiline ? .lineStart : .textStart), false) }
    if take("$") { return (.assertion(flags.isMultiline ? .lineEnd : .end), false) }
    if take("\\A") { return (.assertion(.textStart), false) }
    if take("\\Z") { return (.assertion(.textEnd), false) }
    if take("\\b") { return (.assertion(.wordBoundary(isASCII: flags.isASCII)), false) }
    if take("\\B") { return (.assertion(.noWordBoundary(isASCII: flags.isASCII)), false) }
    let start = position
    if take("\\") { return (.scalar(try escape(start: start, isInClass: false)), false) }
    position += 1
    return (.scalar(try folded(.scalar(scalars[start]), start: start)), false)
  }

  // MARK: - Groups

  private mutating func group(mayHaveFlags: Bool) throws(PatternError) -> PythonNode? {
    let start = position - 1
    guard take("?") else { return try closed(alternatives(), start) }
    if take(":") { return try closed(scoped(flags), start) }
    if take("=") { return .look(try closed(scoped(flags), start), behind: false, negative: false) }
    if take("!") { return .look(try closed(scoped(flags), start), behind: false, negative: true) }
    if take("<=") { return try behind(negative: false, start) }
    if take("<!") { return try behind(negative: true, start) }
    if take("P<") {
      let name = try name(until: ">", start)
      guard names.insert(name).inserted else { throw mistake("a second group is called \"\(name)\"", at: start) }
      return try closed(alternatives(), start)
    }
    if take("P=") { throw unsupported("a back-reference", at: start) }
    if take("#") {
      while !isAtEnd, !peek(")") { position += 1 }
      guard take(")") else { throw mistake("a comment has no end", at: start) }
      return nil
    }
    if take("(") { throw unsupported("a condition on a group", at: start) }
    if take(">") { throw unsupported("an atomic group", at: start) }
    return try withFlags(mayHaveFlags: mayHaveFlags, start)
  }

  private mutating func scoped(_ inner: Flags) throws(PatternError) -> PythonNode {
    let outer = flags
    defer { flags = outer }
    flags = inner
    return try alternatives()
  }

  private mutating func closed(_ node: PythonNode, _ start: Int) throws(PatternError) -> PythonNode {
    guard take(")") else { throw mistake("this group has no closing parenthesis", at: start) }
    return node
  }

  private mutating func behind(negative: Bool, _ start: Int) throws(PatternError) -> PythonNode {
    let node = try closed(scoped(flags), start)
    guard node.width != nil else { throw mistake("what is looked for behind has no fixed width", at: start) }
    return .look(node, behind: true, negative: negative)
  }

  private mutating func name(until end: Unicode.Scalar, _ start: Int) throws(PatternError) -> String {
    var name = String.UnicodeScalarView()
    while !isAtEnd, !peek(end), let scalar = takeScalar() { name.append(scalar) }
    guard take(String(end)) else { throw mistake("the name of a group has no end", at: start) }
    guard let first = name.first, first == "_" || first.properties.isXIDStart,
      name.allSatisfy({ $0 == "_" || $0.properties.isXIDContinue })
    else { throw mistake("\"\(String(name))\" is no name for a group", at: start) }
    return String(name)
  }

  /// Reads `(?flags)`, which may only stand at the very start, or `(?flags-flags:…)`.
  private mutating func withFlags(mayHaveFlags: Bool, _ start: Int) throws(PatternError) -> PythonNode? {
    var inner = flags
    var letters = 0
    var switchesOff = false
    var kinds: Set<Unicode.Scalar> = []
    var switchedOn: Set<Unicode.Scalar> = []
    while let scalar = takeScalar() {
      switch scalar {
      case "i", "m", "s", "a", "u":
        letters += 1
        guard !switchesOff || !switchedOn.contains(scalar) else {
          throw mistake("a flag is switched on and off", at: start)
        }
        switchedOn.insert(scalar)
        if scalar == "i" { inner.ignoresCase = !switchesOff }
        if scalar == "m" { inner.isMultiline = !switchesOff }
        if scalar == "s" { inner.dotTakesAll = !switchesOff }
        if scalar == "a" || scalar == "u" {
          kinds.insert(scalar)
          guard !switchesOff, kinds.count == 1 else { throw mistake("the flags a and u exclude each other", at: start) }
          inner.isASCII = scalar == "a"
        }
      case "x": throw unsupported("the flag x", at: start)
      case "-" where !switchesOff:
        switchesOff = true
        letters = 0
      case ")" where letters > 0 && !switchesOff:
        guard mayHaveFlags else { throw mistake("flags for the whole pattern do not stand at its start", at: start) }
        flags = inner
        return nil
      case ":" where letters > 0: return try closed(scoped(inner), start)
      default: throw mistake("this kind of group is not known", at: start)
      }
    }
    throw mistake("this group has no closing parenthesis", at: start)
  }
}
