import Tensors

/// Values as GGUF files store them.
extension [UInt8] {
  mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    for byte in 0..<T.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }

  /// Appends a string: its length and its bytes.
  mutating func append(gguf text: String) {
    append(littleEndian: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  /// Appends a value without its type.
  mutating func append(gguf value: GGUFValue) {
    switch value {
    case .uint8(let value): append(value)
    case .int8(let value): append(littleEndian: value)
    case .uint16(let value): append(littleEndian: value)
    case .int16(let value): append(littleEndian: value)
    case .uint32(let value): append(littleEndian: value)
    case .int32(let value): append(littleEndian: value)
    case .uint64(let value): append(littleEndian: value)
    case .int64(let value): append(littleEndian: value)
    case .float32(let value): append(littleEndian: value.bitPattern)
    case .float64(let value): append(littleEndian: value.bitPattern)
    case .bool(let value): append(value ? 1 : 0)
    case .string(let value): append(gguf: value)
    case .array(let values):
      append(littleEndian: values.type.rawValue)
      append(littleEndian: UInt64(values.count))
      append(contentsOf: values.bytes)
    }
  }
}
