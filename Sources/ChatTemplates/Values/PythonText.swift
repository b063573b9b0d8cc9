/// What Python does with texts, which it takes as lists of Unicode scalars.
enum PythonText {
  /// `str.isspace` of one scalar.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  static func trimmedEnd(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
    var text = text
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
  }

  /// `str.strip` and its kin: takes scalars off the ends, white space where none are named.
  static func stripped(_ text: String, of characters: String? = nil, left: Bool = true, right: Bool = true) -> String {
    let set = characters.map { Array($0.unicodeScalars) }
    let isTaken: (Unicode.Scalar) -> Bool = { scalar in set.map { $0.contains(scalar) } ?? isSpace(scalar) }
    var scalars = Array(text.unicodeScalars)[...]
    if left { scalars = scalars.drop(while: isTaken) }
    while right, let last = scalars.last, isTaken(last) { scalars.removeLast() }
    return string(scalars)
  }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  static func hasPrefix(_ text: String, _ part: String) -> Bool { text.utf8.starts(with: part.utf8) }

  static func hasSuffix(_ text: String, _ part: String) -> Bool {
    text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
  }

  /// The place, in scalars, of the first occurrence, or nil.
  static func find(_ part: String, in text: String) -> Int? {
    places(of: Array(part.unicodeScalars), in: Array(text.unicodeScalars), limit: 1).first
  }

  /// Where a part occurs, without overlap. O(length of both): Knuth, Morris and Pratt (1977).
  static func places(of part: [Unicode.Scalar], in text: [Unicode.Scalar], limit: Int = .max) -> [Int] {
    guard part.count <= text.count, limit > 0 else { return [] }
    guard !part.isEmpty else { return Array((0...text.count).prefix(limit)) }
    let borders = borders(of: part)
    var result: [Int] = []
    var matched = 0
    for (index, scalar) in text.enumerated() {
      while matched > 0, part[matched] != scalar { matched = borders[matched - 1] }
      if part[matched] == scalar { matched += 1 }
      guard matched == part.count else { continue }
      result.append(index + 1 - part.count)
      if result.count == limit { break }
      matched = 0
    }
    return result
  }

  /// For each beginning of a text, how much of it also is its end, short of all of it.
  private static func borders(of text: [Unicode.Scalar]) -> [Int] {
    var borders = [Int](repeating: 0, count: text.count)
    var length = 0
    for index in text.indices.dropFirst() {
      while length > 0, text[index] != text[length] { length = borders[length - 1] }
      if text[index] == text[length] { length += 1 }
      borders[index] = length
    }
    return borders
  }

  /// How often a part occurs, without overlap.
  static func count(_ part: String, in text: String) -> Int {
    places(of: Array(part.unicodeScalars), in: Array(text.unicodeScalars)).count
  }

  /// `str.replace`.
  static func replaced(_ part: String, by other: String, in text: String, limit: Int = .max) -> String {
    let (part, scalars) = (Array(part.unicodeScalars), Array(text.unicodeScalars))
    var result = String.UnicodeScalarView()
    var end = 0
    for place in places(of: part, in: scalars, limit: limit) {
      result.append(contentsOf: scalars[end..<place])
      result.append(contentsOf: other.unicodeScalars)
      end = place + part.count
    }
    result.append(contentsOf: scalars[end...])
    return String(result)
  }

  /// `str.split` at a separator.
  static func split(_ text: String, at separator: String, limit: Int, fromRight: Bool = false) -> [String] {
    let (part, scalars) = (Array(separator.unicodeScalars), Array(text.unicodeScalars))
    var places =
      fromRight
      ? self.places(of: part.reversed(), in: scalars.reversed(), limit: limit).map { scalars.count - $0 - part.count }
      : self.places(of: part, in: scalars, limit: limit)
    if fromRight { places.reverse() }
    var result: [String] = []
    var end = 0
    for place in places {
      result.append(string(scalars[end..<place]))
      end = place + part.count
    }
    return result + [string(scalars[end...])]
  }

  /// `str.split` at white space, where no part is empty.
  static func words(_ text: String, limit: Int = .max) -> [String] {
    var result: [String] = []
    var rest = Array(text.unicodeScalars).drop(while: isSpace)
    while !rest.isEmpty {
      if result.count == limit {
        result.append(string(trimmedEnd(rest)))
        break
      }
      let word = rest.prefix { !isSpace($0) }
      result.append(string(word))
      rest = rest[word.endIndex...].drop(while: isSpace)
    }
    return result
  }

  /// `str.splitlines`.
  static func lines(_ text: String, keepingEnds: Bool) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var result: [String] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      var end = index + 1
      switch scalars[index].value {
      case 0x0D where end < scalars.count && scalars[end] == "\n": end += 1
      case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: break
      default:
        index += 1
        continue
      }
      result.append(string(scalars[start..<(keepingEnds ? end : index)]))
      (start, index) = (end, end)
    }
    if start < scalars.count { result.append(string(scalars[start...])) }
    return result
  }

  /// `str.capitalize` and, for every word, `str.title`.
  static func capitalized(_ text: String, everyWord: Bool) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      let isLetter = scalar.properties.isCased
      let starts = everyWord ? !isInside : result.isEmpty
      result += starts ? scalar.properties.titlecaseMapping : scalar.properties.lowercaseMapping
      isInside = isLetter
    }
    return result
  }

  // MARK: - Numbers and quotes

  /// `repr` of a float.
  static func float(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    // Python writes whole numbers below 10^16 without an exponent.
    if value.magnitude < 1e16, value == value.rounded() { return "\(Int(value)).0" }
    return "\(value)"
  }

  /// `repr` of a text: single quotes, unless it holds one and no double quote.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in scalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case quote: result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value) || scalar.value == 0xAD:
        result += "\\x" + hexadecimal(scalar.value, digits: 2)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + String(quote)
  }

  /// A text as JSON, with everything beyond ASCII as it is.
  static func jsonQuoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{08}": result += "\\b"
      case "\u{0C}": result += "\\f"
      case _ where scalar.value < 0x20: result += "\\u" + hexadecimal(scalar.value, digits: 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
