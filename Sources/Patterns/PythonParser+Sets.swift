extension PythonParser {
  /// Reads `[…]`. The position is behind the bracket.
  mutating func characterClass() throws(PatternError) -> ScalarSet {
    let start = position - 1
    let isNegated = take("^")
    var sets: [ScalarSet] = []
    while true {
      let memberStart = position
      guard let first = takeScalar() else { throw mistake("this class has no closing bracket", at: start) }
      if first == "]", !sets.isEmpty { break }
      let low = try member(first, memberStart)
      guard take("-") else {
        sets.append(low.set)
        continue
      }
      let endStart = position
      guard let last = takeScalar() else { throw mistake("this class has no closing bracket", at: start) }
      if last == "]" {
        sets += [low.set, .scalar(0x2D)]
        break
      }
      guard let from = low.value, let to = try member(last, endStart).value else {
        throw mistake("a range starts or ends in a set", at: memberStart)
      }
      guard from <= to else { throw mistake("the range is reversed", at: memberStart) }
      sets.append(try folded(.ranges([from...to]), start: memberStart))
    }
    let set = sets.count == 1 ? sets[0] : ScalarSet.union(sets)
    return isNegated ? .complement(set) : set
  }

  /// One member of a class: its set, and its value where it is one character.
  private mutating func member(
    _ scalar: Unicode.Scalar, _ start: Int
  ) throws(PatternError) -> (set: ScalarSet, value: UInt32?) {
    guard scalar == "\\" else { return (try folded(.scalar(scalar.value), start: start), scalar.value) }
    let flags = flags
    self.flags.ignoresCase = false
    defer { self.flags = flags }
    let set = try escape(start: start, isInClass: true)
    guard case .ranges(let ranges) = set, ranges.count == 1, ranges[0].count == 1 else { return (set, nil) }
    self.flags = flags
    return (try folded(set, start: start), ranges[0].lowerBound)
  }

  /// Reads what follows a backslash, but for assertions.
  mutating func escape(start: Int, isInClass: Bool) throws(PatternError) -> ScalarSet {
    guard let scalar = takeScalar() else { throw mistake("the pattern ends in a backslash", at: start) }
    switch scalar {
    case "d": return flags.isASCII ? PythonSets.asciiDigits : .digits
    case "D": return .complement(flags.isASCII ? PythonSets.asciiDigits : .digits)
    case "s": return flags.isASCII ? PythonSets.asciiSpace : PythonSets.space
    case "S": return .complement(flags.isASCII ? PythonSets.asciiSpace : PythonSets.space)
    case "w": return flags.isASCII ? PythonSets.asciiWord : PythonSets.word
    case "W": return .complement(flags.isASCII ? PythonSets.asciiWord : PythonSets.word)
    default: return try folded(.scalar(try character(scalar, start: start, isInClass: isInClass)), start: start)
    }
  }

  /// The one character that an escape stands for.
  private mutating func character(
    _ scalar: Unicode.Scalar, start: Int, isInClass: Bool
  ) throws(PatternError) -> UInt32 {
    switch scalar {
    case "a": return 0x07
    case "b" where isInClass: return 0x08
    case "f": return 0x0C
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "v": return 0x0B
    case "x": return try hexadecimal(digits: 2, start: start)
    case "u": return try hexadecimal(digits: 4, start: start)
    case "U": return try hexadecimal(digits: 8, start: start)
    case "N": throw unsupported("a character by its name", at: start)
    case "0"..."7" where isInClass || scalar == "0" || isOctal: return try octal(scalar, start: start)
    case "0"..."9":
      guard isInClass else { throw unsupported("a back-reference", at: start) }
      throw mistake("this escape is not known", at: start)
    default:
      guard !(scalar.isASCII && scalar.properties.isAlphabetic) else {
        throw mistake("this escape is not known", at: start)
      }
      return scalar.value
    }
  }

  /// Whether two octal digits follow, so that a number is no reference to a group.
  private var isOctal: Bool {
    position + 1 < scalars.count && (0x30...0x37).contains(scalars[position])
      && (0x30...0x37).contains(scalars[position + 1])
  }

  private mutating func octal(_ first: Unicode.Scalar, start: Int) throws(PatternError) -> UInt32 {
    var value = first.value - 0x30
    var count = 1
    while count < 3, position < scalars.count, (0x30...0x37).contains(scalars[position]) {
      value = value * 8 + scalars[position] - 0x30
      position += 1
      count += 1
    }
    guard value <= 0o377 else { throw mistake("an octal escape above \\377", at: start) }
    return value
  }

  private mutating func hexadecimal(digits: Int, start: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard position < scalars.count, let scalar = Unicode.Scalar(scalars[position]), scalar.isASCII,
        let digit = Character(scalar).hexDigitValue
      else { throw mistake("expected \(digits) hexadecimal digits", at: start) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    // Halves of surrogate pairs are characters to Python. No text of a checkpoint holds them, since all are UTF-8.
    guard value <= 0x10FFFF else { throw mistake("there is no such character", at: start) }
    return value
  }

  /// A set without regard to case, where the flag says so. Beyond ASCII the rules of `re` are its own: refused.
  func folded(_ set: ScalarSet, start: Int) throws(PatternError) -> ScalarSet {
    guard flags.ignoresCase, case .ranges(let ranges) = set else { return set }
    var result = ranges
    for range in ranges {
      guard range.upperBound < 0x80 else { throw unsupported("ignoring the case of letters beyond ASCII", at: start) }
      for value in range {
        switch value {
        case 0x41...0x5A: result.append(value + 32...value + 32)
        case 0x61...0x7A: result.append(value - 32...value - 32)
        default: continue
        }
        guard !flags.isASCII else { continue }
        switch value | 0x20 {
        case 0x69: result.append(0x130...0x131)
        case 0x6B: result.append(0x212A...0x212A)
        case 0x73: result.append(0x17F...0x17F)
        default: break
        }
      }
    }
    return .ranges(result)
  }
}
