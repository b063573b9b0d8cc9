import Tensors

/// Reads the fields of a protocol buffer (protobuf.dev, "Encoding"), the container of `tokenizer.model`.
struct ProtocolBuffer {
  /// The content of a field.
  enum Value {
    case integer(UInt64)
    case bits32(UInt32)
    case bits64
    case bytes(Range<Int>)
  }

  /// A file that ends early or holds a field of unknown kind, at a byte.
  struct Malformed: Error {
    let offset: Int
    let reason: String
  }

  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// Reads a message: all bytes, or those of a field that holds a message.
  init(_ bytes: [UInt8], range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// The next field, or nil at the end.
  mutating func next() throws(Malformed) -> (number: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let tag = try integer()
    guard let number = Int(exactly: tag >> 3), number > 0 else {
      throw Malformed(offset: start, reason: "found a field without a number")
    }
    switch tag & 7 {
    case 0: return (number, .integer(try integer()))
    case 1:
      _ = try take(8)
      return (number, .bits64)
    case 2:
      guard let count = Int(exactly: try integer()) else {
        throw Malformed(offset: start, reason: "a field is longer than any file")
      }
      return (number, .bytes(try take(count)))
    case 5:
      let range = try take(4)
      return (number, .bits32(unsafe bytes.span.bytes.littleEndian(UInt32.self, at: range.lowerBound)))
    default: throw Malformed(offset: start, reason: "found a field of kind \(tag & 7); expected 0, 1, 2 or 5")
    }
  }

  /// Takes the next bytes.
  private mutating func take(_ count: Int) throws(Malformed) -> Range<Int> {
    guard count <= end - position else {
      throw Malformed(offset: position, reason: "a field has \(count) bytes, and \(end - position) are left")
    }
    defer { position += count }
    return position..<position + count
  }

  /// Reads seven bits a byte, low ones first, until a byte without the top bit.
  private mutating func integer() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw Malformed(offset: position, reason: "the file ends inside a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Malformed(offset: position, reason: "a number has more than ten bytes")
  }
}
