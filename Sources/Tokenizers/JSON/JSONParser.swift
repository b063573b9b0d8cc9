import Tensors

/// Reads JSON (RFC 8259). Strict, except that a name may occur twice in an object: who reads the object decides.
struct JSONParser: ~Copyable {
  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var depth = 0

  /// Deeper nesting than any tokenizer has; it keeps hostile files from exhausting the stack.
  private static let deepest = 200

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Parses a whole document.
  ///
  /// - Throws: `TokenizerError.json` with the place of the first mistake.
  static func parse(_ bytes: [UInt8], file: String) throws(TokenizerError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, file: file)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.mistake("found more text after the document") }
    return value
  }

  /// Parses a file.
  static func parse(path: String) throws(TokenizerError) -> JSONValue {
    let contents: [UInt8]
    do {
      let mapped = try MappedFile(path: path)
      contents = mapped.bytes.withUnsafeBytes { Array($0) }
    } catch {
      throw .file(error)
    }
    return try parse(contents, file: path)
  }

  // MARK: - Values

  private mutating func value() throws(TokenizerError) -> JSONValue {
    skipSpace()
    guard position < bytes.count else { throw mistake("the document ends where a value was expected") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw mistake("expected a value")
    }
  }

  private mutating func object() throws(TokenizerError) -> JSONValue {
    try enter()
    var members: [JSONMember] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return leave(.object(members)) }
    while true {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw mistake("expected a name in double quotes")
      }
      let name = try text()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw mistake("expected a colon after a name") }
      members.append(JSONMember(name: name, value: try value()))
      skipSpace()
      if take(UInt8(ascii: "}")) { return leave(.object(members)) }
      guard take(UInt8(ascii: ",")) else { throw mistake("expected a comma or a closing brace") }
    }
  }

  private mutating func array() throws(TokenizerError) -> JSONValue {
    try enter()
    var values: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return leave(.array(values)) }
    while true {
      values.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return leave(.array(values)) }
      guard take(UInt8(ascii: ",")) else { throw mistake("expected a comma or a closing bracket") }
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(TokenizerError) -> JSONValue {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw mistake("expected true, false or null") }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func number() throws(TokenizerError) -> Double {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let whole = digits()
    guard whole == 1 || (whole > 1 && bytes[position - whole] != UInt8(ascii: "0")) else {
      throw mistake("expected a number")
    }
    if take(UInt8(ascii: ".")), digits() == 0 { throw mistake("expected digits after the point") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if digits() == 0 { throw mistake("expected digits in the exponent") }
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)), number.isFinite else {
      throw mistake("the number is too large")
    }
    return number
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position - start
  }

  // MARK: - Texts

  private mutating func text() throws(TokenizerError) -> [UInt8] {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
      guard bytes[position] >= 0x20 else { throw mistake("found a control character in a text") }
      position += 1
    }
    var result = Array(bytes[start..<position])
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      let byte = bytes[position]
      guard byte >= 0x20 else { throw mistake("found a control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &result) } else { result.append(byte) }
    }
    guard take(UInt8(ascii: "\"")) else { throw mistake("the document ends inside a text") }
    // What follows treats token texts as UTF-8 without looking again.
    guard String(validating: result, as: UTF8.self) != nil else { throw mistake("found a text that is no UTF-8") }
    return result
  }

  private mutating func escape(into result: inout [UInt8]) throws(TokenizerError) {
    guard position < bytes.count else { throw mistake("the document ends inside a text") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"): result.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
    default: throw mistake("found an unknown escape sequence")
    }
  }

  /// Reads the digits after `\u`, and the second half of a surrogate pair.
  private mutating func escapedScalar() throws(TokenizerError) -> Unicode.Scalar {
    let first = try fourHexadecimalDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      throw mistake("found half of a surrogate pair")
    }
    let second = try fourHexadecimalDigits()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw mistake("found half of a surrogate pair") }
    return scalar
  }

  private mutating func fourHexadecimalDigits() throws(TokenizerError) -> UInt32 {
    guard position + 4 <= bytes.count, bytes[position] != UInt8(ascii: "+"),
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw mistake("expected four hexadecimal digits") }
    position += 4
    return value
  }

  // MARK: - Places

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func enter() throws(TokenizerError) {
    position += 1
    depth += 1
    guard depth <= Self.deepest else { throw mistake("the document is nested deeper than \(Self.deepest) levels") }
  }

  private mutating func leave(_ value: JSONValue) -> JSONValue {
    depth -= 1
    return value
  }

  private func mistake(_ reason: String) -> TokenizerError {
    let before = bytes[..<min(position, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return .json(file: file, line: line, column: column, reason: reason)
  }
}
