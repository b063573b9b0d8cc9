extension TemplateLexer {
  private static let symbols = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":", "|", "(", ")", "[",
    "]", "{", "}",
  ]

  /// Reads one token inside a tag.
  ///
  /// - Parameter brackets: the closing brackets that are awaited.
  mutating func readToken(brackets: inout [Unicode.Scalar]) throws(ChatTemplateError) {
    let scalar = source[position]
    if scalar == "'" || scalar == "\"" { return try readString() }
    if isDigit(scalar) { return try readNumber() }
    if scalar == "_" || scalar.properties.isXIDStart {
      let start = position
      while position < source.count, source[position] == "_" || source[position].properties.isXIDContinue { advance() }
      // Messages hold names.
      guard position - start <= 200 else { throw .syntax(line: line, reason: "a name has more than 200 characters") }
      return add(.name(String(String.UnicodeScalarView(source[start..<position]))))
    }
    guard let symbol = Self.symbols.first(where: { isAt($0) }) else {
      throw .syntax(line: line, reason: "found the character \"\(scalar)\"")
    }
    switch symbol {
    case "(": brackets.append(")")
    case "[": brackets.append("]")
    case "{": brackets.append("}")
    case ")", "]", "}":
      guard let awaited = brackets.popLast() else { throw .syntax(line: line, reason: "found \"\(symbol)\" too many") }
      guard symbol.unicodeScalars.first == awaited else {
        throw .syntax(line: line, reason: "found \"\(symbol)\", expected \"\(awaited)\"")
      }
    default: break
    }
    add(.symbol(symbol))
    advance(symbol.unicodeScalars.count)
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func readNumber() throws(ChatTemplateError) {
    var digits = ""
    var isFloat = false
    // Behind a dot a number is the place of an item, and a further dot leads to the next.
    let isPlace = tokens.last?.kind == .symbol(".")
    func current(_ offset: Int = 0) -> Unicode.Scalar {
      position + offset < source.count ? source[position + offset] : " "
    }
    func take() {
      if current() != "_" { digits.unicodeScalars.append(current()) }
      advance()
    }
    while isDigit(current()) || (current() == "_" && isDigit(current(1))) { take() }
    if !isPlace, current() == ".", isDigit(current(1)) {
      isFloat = true
      take()
      while isDigit(current()) { take() }
    }
    if !isPlace, current() == "e" || current() == "E" {
      let signed = current(1) == "-" || current(1) == "+"
      if isDigit(current(signed ? 2 : 1)) {
        isFloat = true
        take()
        if signed { take() }
        while isDigit(current()) { take() }
      }
    }
    if isFloat, let number = Double(digits) { return add(.float(number)) }
    guard let number = Int(digits) else { throw .syntax(line: line, reason: "the number \(digits) is too large") }
    add(.integer(number))
  }

  private mutating func readString() throws(ChatTemplateError) {
    let quote = source[position]
    let start = line
    advance()
    var result = String.UnicodeScalarView()
    while true {
      guard position < source.count else { throw .syntax(line: start, reason: "a text has no closing \(quote)") }
      let scalar = source[position]
      advance()
      if scalar == quote { break }
      if scalar == "\\" { try readEscape(into: &result) } else { result.append(scalar) }
    }
    add(.string(String(result)), line: start)
  }

  /// Reads what follows a backslash, as Python does in texts. Escapes that it does not know stay as they are.
  private mutating func readEscape(into result: inout String.UnicodeScalarView) throws(ChatTemplateError) {
    guard position < source.count else { return result.append("\\") }
    let scalar = source[position]
    let plain: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}",
      "v": "\u{0B}",
    ]
    if let value = plain[scalar] {
      advance()
      return result.append(value)
    }
    if scalar == "\n" { return advance() }
    if ("0"..."7").contains(scalar) {
      var value: UInt32 = 0
      var count = 0
      while count < 3, position < source.count, ("0"..."7").contains(source[position]) {
        value = value * 8 + source[position].value - 48
        advance()
        count += 1
      }
      if let value = Unicode.Scalar(value) { result.append(value) }
      return
    }
    let lengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
    guard let length = lengths[scalar] else { return result.append("\\") }
    let end = position + 1 + length
    guard end <= source.count,
      let value = UInt32(String(String.UnicodeScalarView(source[(position + 1)..<end])), radix: 16),
      let value = Unicode.Scalar(value)
    else { throw .syntax(line: line, reason: "\"\\\(scalar)\" needs \(length) hexadecimal digits of a character") }
    advance(1 + length)
    result.append(value)
  }
}
