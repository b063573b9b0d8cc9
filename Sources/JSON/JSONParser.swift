/// A strict recursive-descent parser of JSON (RFC 8259), which reads what Python writes for infinity where it is told to.
///
/// It is our own because a safetensors header that repeats a tensor's name must be refused, and because vocabularies
/// hold keys that Swift's string comparison would merge; Foundation's parser shows neither.
struct JSONParser {
  private let bytes: [UInt8]
  private let dialect: JSONDialect
  private var position = 0
  private var depth = 0

  /// Nesting that no real file comes near. It bounds the stack.
  static let maximumDepth = 128

  init(_ bytes: [UInt8], _ dialect: JSONDialect) {
    (self.bytes, self.dialect) = (bytes, dialect)
  }

  /// The one value of the text, with nothing but white space around it.
  mutating func document() throws(JSONError) -> JSONValue {
    let value = try self.value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = peek else { throw unexpected("a JSON value") }
    switch byte {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "I") where dialect == .python: return try word("Infinity", .number(.infinity))
    case UInt8(ascii: "-") where dialect == .python && isHere("-I".utf8):
      return try word("-Infinity", .number(-.infinity))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a JSON value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else {
      throw error(at: position, found: "deeper nesting", expected: "at most \(Self.maximumDepth) levels")
    }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try body(&self)
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members = JSONMembers()
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw unexpected("a colon after the key \"\(key)\"") }
      guard members.add(key, try value()) else {
        throw error(at: start, found: "the key \"\(key)\" a second time", expected: "each key once")
      }
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw unexpected("a comma or a closing brace") }
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      values.append(try value())
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw unexpected("a comma or a closing bracket") }
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let text = "\(word)"
    guard bytes[position...].starts(with: text.utf8) else { throw unexpected(text) }
    position += text.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw error(at: start, found: text, expected: "a number that a Double can hold")
    }
    return .number(value)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = peek, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw unexpected("a digit") }
  }

  /// Reads a string whose opening quote is the next byte.
  private mutating func string() throws(JSONError) -> String {
    let opening = position
    position += 1
    var start = position
    var decoded: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        decoded += bytes[start..<position]
        guard let text = String(validating: decoded, as: UTF8.self) else {
          throw error(at: opening, found: "a string that is not UTF-8", expected: "UTF-8")
        }
        position += 1
        return text
      case UInt8(ascii: "\\"):
        decoded += bytes[start..<position]
        try escape(into: &decoded)
        start = position
      case 0..<0x20:
        throw unexpected("an escape such as \\n for a control character in a string")
      default:
        position += 1
      }
    }
    throw error(at: opening, found: "a string that does not end", expected: "a closing quote")
  }

  private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
    let start = position
    position += 1
    guard let letter = peek else { throw unexpected("an escaped character") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourDigits()
      if 0xD800..<0xDC00 ~= code, take("\\"), take("u") {
        let low = try fourDigits()
        code = 0xDC00..<0xE000 ~= low ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xD800
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw error(at: start, found: "half of a surrogate pair", expected: "both halves")
      }
      decoded += Array(String(scalar).utf8)
    default:
      throw error(at: start, found: "an unknown escape", expected: "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")
    }
  }

  private mutating func fourDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw unexpected("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func isHere(_ text: some Sequence<UInt8>) -> Bool { bytes[position...].starts(with: text) }

  private func unexpected(_ expected: String) -> JSONError {
    guard let byte = peek else { return error(at: position, found: "the end of the text", expected: expected) }
    for word in ["NaN", "nan", "Infinity", "inf", "None", "True", "False"] where isHere(word.utf8) {
      let next = position + word.utf8.count
      if next < bytes.count, Character(Unicode.Scalar(bytes[next])).isLetter { continue }
      return error(at: position, found: "\(word), which JSON does not have", expected: expected)
    }
    if isHere([0xEF, 0xBB, 0xBF]) { return error(at: position, found: "a byte order mark", expected: expected) }
    let found = 0x21..<0x7F ~= byte ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    return error(at: position, found: found, expected: expected)
  }

  private func error(at offset: Int, found: String, expected: String) -> JSONError {
    let before = bytes[..<offset]
    let line = before.count { $0 == 0x0A } + 1
    let column = offset - (before.lastIndex(of: 0x0A) ?? -1)
    return JSONError(line: line, column: column, found: found, expected: expected)
  }
}
