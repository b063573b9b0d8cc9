import Tensors

/// A message of protocol buffers in the making: fields one after the other, each with its number.
///
/// Source: Protocol Buffers documentation, "Encoding".
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  /// How the value of a field is stored, in the low three bits of what stands before it.
  enum Wire: UInt64 {
    case integer = 0
    case eightBytes = 1
    case lengthAndBytes = 2
    case fourBytes = 5
  }

  mutating func append(_ field: Int, integer value: Int) {
    append(field, .integer)
    append(variable: UInt64(bitPattern: Int64(value)))
  }

  mutating func append(_ field: Int, float value: Float) {
    append(field, .fourBytes)
    bytes.append(littleEndian: value.bitPattern)
  }

  mutating func append(_ field: Int, bytes value: [UInt8]) {
    append(field, .lengthAndBytes)
    append(variable: UInt64(value.count))
    bytes += value
  }

  mutating func append(_ field: Int, text value: String) { append(field, bytes: Array(value.utf8)) }

  mutating func append(_ field: Int, _ value: ProtobufMessage) { append(field, bytes: value.bytes) }

  private mutating func append(_ field: Int, _ wire: Wire) {
    append(variable: UInt64(field) << 3 | wire.rawValue)
  }

  /// Seven bits a byte, the low ones first; all but the last byte have their high bit set.
  private mutating func append(variable value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
