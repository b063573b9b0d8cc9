import Patterns

extension PatternParser {
  /// Reads `[…]`: scalars, ranges, escapes, nested classes, and intersections `&&`.
  mutating func characterClass() throws(TokenizerError) -> ScalarSet {
    let start = position
    position += 1
    let isNegated = take("^")
    var sets: [ScalarSet] = []
    var left: ScalarSet?
    var isFirst = true
    while true {
      guard position < scalars.count else { throw mistake("this class has no closing bracket", at: start) }
      guard sets.count < 500 else { throw mistake("a class has more than 500 members", at: start) }
      if !isFirst, take("]") { break }
      isFirst = false
      if take("&&") {
        left = Self.intersect(left, .union(sets))
        sets = []
      } else if peek("["), peek(":", ahead: 1) {
        throw mistake("POSIX brackets are not supported")
      } else if peek("[") {
        sets.append(try nestedClass())
      } else {
        sets.append(try folded(try member()))
      }
    }
    let set = Self.intersect(left, sets.count == 1 ? sets[0] : .union(sets))
    return isNegated ? .complement(set) : set
  }

  private mutating func nestedClass() throws(TokenizerError) -> ScalarSet {
    classDepth += 1
    defer { classDepth -= 1 }
    guard classDepth < 50 else { throw mistake("classes are nested deeper than 50 levels") }
    return try characterClass()
  }

  private static func intersect(_ left: ScalarSet?, _ right: ScalarSet) -> ScalarSet {
    guard let left else { return right }
    return .intersection(left, right)
  }

  /// Reads one scalar, one range or one escape.
  private mutating func member() throws(TokenizerError) -> ScalarSet {
    let start = position
    let first = try memberScalarOrSet()
    guard case .ranges(let ranges) = first, ranges.count == 1, ranges[0].count == 1,
      peek("-"), !peek("]", ahead: 1), !peek("[", ahead: 1), position + 1 < scalars.count
    else { return first }
    position += 1
    let last = try memberScalarOrSet()
    guard case .ranges(let ends) = last, ends.count == 1, ends[0].count == 1 else {
      throw mistake("a range ends in a set", at: start)
    }
    guard ranges[0].lowerBound <= ends[0].lowerBound else { throw mistake("the range is reversed", at: start) }
    return .ranges([ranges[0].lowerBound...ends[0].lowerBound])
  }

  private mutating func memberScalarOrSet() throws(TokenizerError) -> ScalarSet {
    if take("\\b") { return .scalar(0x08) }
    if peek("\\") { return try escape() }
    defer { position += 1 }
    return .scalar(scalars[position])
  }

  // MARK: - Escapes

  /// Reads what follows a backslash, as a set.
  mutating func escape() throws(TokenizerError) -> ScalarSet {
    let start = position
    position += 1
    guard position < scalars.count, let scalar = Unicode.Scalar(scalars[position]) else {
      throw mistake("the pattern ends in a backslash", at: start)
    }
    position += 1
    switch scalar {
    case "s": return .whiteSpace
    case "S": return .complement(.whiteSpace)
    case "d": return .digits
    case "D": return .complement(.digits)
    case "w": return .patternWord
    case "W": return .complement(.patternWord)
    case "h": return .ranges([0x30...0x39, 0x41...0x46, 0x61...0x66])
    case "H": return .complement(.ranges([0x30...0x39, 0x41...0x46, 0x61...0x66]))
    case "n": return .scalar(0x0A)
    case "r": return .scalar(0x0D)
    case "t": return .scalar(0x09)
    case "f": return .scalar(0x0C)
    case "v": return .scalar(0x0B)
    case "a": return .scalar(0x07)
    case "e": return .scalar(0x1B)
    case "p": return try property(start: start)
    case "P": return .complement(try property(start: start))
    case "x": return .scalar(try take("{") ? braced(start: start) : hexadecimal(digits: 2, start: start))
    case "u": return .scalar(try hexadecimal(digits: 4, start: start))
    default:
      guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
        throw mistake("this escape is not supported", at: start)
      }
      return .scalar(scalar.value)
    }
  }

  private mutating func property(start: Int) throws(TokenizerError) -> ScalarSet {
    var name = ""
    if take("{") {
      while position < scalars.count, !peek("}") {
        if let scalar = Unicode.Scalar(scalars[position]) { name.unicodeScalars.append(scalar) }
        position += 1
      }
      guard take("}") else { throw mistake("this property has no closing brace", at: start) }
    } else if position < scalars.count, let scalar = Unicode.Scalar(scalars[position]) {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    let isNegated = name.hasPrefix("^")
    if isNegated { name.removeFirst() }
    let set: ScalarSet
    if let mask = GeneralCategories.mask(named: name) {
      set = .categories(mask)
    } else {
      switch name {
      case "Han", "Script=Han": set = .ranges(GeneralCategories.han)
      case "Alphabetic", "Alpha": set = .alphabetic
      case "White_Space", "Space": set = .whiteSpace
      default: throw mistake("the property \"\(name)\" is not known", at: start)
      }
    }
    return isNegated ? .complement(set) : set
  }

  private mutating func braced(start: Int) throws(TokenizerError) -> UInt32 {
    var digits = ""
    while position < scalars.count, !peek("}"), let scalar = Unicode.Scalar(scalars[position]) {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    guard take("}"), let value = UInt32(digits, radix: 16), Unicode.Scalar(value) != nil else {
      throw mistake("expected the number of a scalar in braces", at: start)
    }
    return value
  }

  private mutating func hexadecimal(digits: Int, start: Int) throws(TokenizerError) -> UInt32 {
    guard position + digits <= scalars.count else { throw mistake("expected \(digits) digits", at: start) }
    let text = String(String.UnicodeScalarView(scalars[position..<position + digits].compactMap(Unicode.Scalar.init)))
    guard let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil else {
      throw mistake("expected the number of a scalar in \(digits) hexadecimal digits", at: start)
    }
    position += digits
    return value
  }
}
