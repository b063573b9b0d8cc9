import Tensors

/// Reads messages of protocol buffers in a mapped file. Every length is checked against what is left of the message before it is
/// followed.
struct ProtobufReader {
  let file: MappedFile
  /// What is read, for error messages: `the graph`.
  let subject: String

  /// One field of a message.
  struct Field {
    let number: Int
    let value: Value
    /// Where it begins in the file.
    let start: Int
  }

  enum Value {
    case integer(UInt64)
    case fourBytes(UInt32)
    case eightBytes(UInt64)
    /// Text, bytes, or a message inside of this one.
    case range(Range<Int>)
  }

  /// A reader of the same file that calls what it reads otherwise.
  func of(_ subject: String) -> ProtobufReader { ProtobufReader(file: file, subject: subject) }

  /// All fields of the message in a range, in order.
  ///
  /// - Throws: `.malformed` where bytes are no field, or a field does not end inside of the message.
  func fields(_ range: Range<Int>) throws(CheckpointError) -> [Field] {
    var fields: [Field] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      let start = offset
      let tag = try variable(&offset, range.upperBound)
      let number = Int(clamping: tag >> 3)
      guard 1...0x1FFF_FFFF ~= number else {
        throw error(start, found: "the field \(number)", expected: "a number from 1 to 536870911")
      }
      guard let wire = ProtobufMessage.Wire(rawValue: tag & 7) else {
        throw error(start, found: "the field \(number) of kind \(tag & 7)", expected: "one of kind 0, 1, 2 or 5")
      }
      fields.append(
        Field(number: number, value: try value(wire, number, &offset, range.upperBound), start: start))
    }
    return fields
  }

  private func value(
    _ wire: ProtobufMessage.Wire, _ number: Int, _ offset: inout Int, _ end: Int
  ) throws(CheckpointError) -> Value {
    switch wire {
    case .integer: return .integer(try variable(&offset, end))
    case .fourBytes:
      let bytes = try take(4, number, &offset, end)
      return .fourBytes(file.bytes.littleEndian(UInt32.self, at: bytes.lowerBound))
    case .eightBytes:
      let bytes = try take(8, number, &offset, end)
      return .eightBytes(file.bytes.littleEndian(UInt64.self, at: bytes.lowerBound))
    case .lengthAndBytes:
      let length = try variable(&offset, end)
      return .range(try take(Int(clamping: length), number, &offset, end))
    }
  }

  private func take(
    _ count: Int, _ number: Int, _ offset: inout Int, _ end: Int
  ) throws(CheckpointError) -> Range<Int> {
    guard count <= end - offset else {
      throw error(
        offset, found: "\(count) bytes for the field \(number)", expected: "at most the \(end - offset) that are left")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// A number of up to ten bytes of seven bits.
  private func variable(_ offset: inout Int, _ end: Int) throws(CheckpointError) -> UInt64 {
    var value: UInt64 = 0
    let start = offset
    for place in 0..<10 {
      guard offset < end else { throw error(start, found: "a number that does not end", expected: "its last byte") }
      let byte = UInt64(file.bytes.littleEndian(UInt8.self, at: offset))
      offset += 1
      value |= (byte & 0x7F) << UInt64(7 * place)
      if byte & 0x80 == 0 { return value }
    }
    throw error(start, found: "a number of more than ten bytes", expected: "at most ten")
  }

  func error(_ offset: Int, found: String, expected: String) -> CheckpointError {
    .malformed(path: file.path, part: .header(subject), found: "\(found) at byte \(offset)", expected: expected)
  }

  // MARK: - Values of one kind

  /// A message inside of this one.
  func message(_ field: Field) throws(CheckpointError) -> Range<Int> {
    guard case .range(let range) = field.value else { throw kind(field, "bytes with a length") }
    return range
  }

  func text(_ field: Field) throws(CheckpointError) -> String {
    let range = try message(field)
    let text = file.bytes.extracting(range).withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    guard let text else {
      throw error(field.start, found: "\(range.count) bytes that are not UTF-8", expected: "UTF-8")
    }
    return text
  }

  func integer(_ field: Field) throws(CheckpointError) -> Int {
    guard case .integer(let value) = field.value else { throw kind(field, "an integer") }
    return Int(truncatingIfNeeded: value)
  }

  func float(_ field: Field) throws(CheckpointError) -> Float {
    guard case .fourBytes(let bits) = field.value else { throw kind(field, "four bytes of a number") }
    return Float(bitPattern: bits)
  }

  /// A list of integers: one of them, or many in one field.
  func integers(_ field: Field) throws(CheckpointError) -> [Int] {
    guard case .range(let range) = field.value else { return [try integer(field)] }
    var values: [Int] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      values.append(Int(truncatingIfNeeded: try variable(&offset, range.upperBound)))
    }
    return values
  }

  private func kind(_ field: Field, _ expected: String) -> CheckpointError {
    error(field.start, found: "the field \(field.number) in another form", expected: expected)
  }
}
