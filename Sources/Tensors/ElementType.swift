/// The number formats in which checkpoints store weights that are not quantized.
package enum ElementType: String, Sendable, CaseIterable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  /// Bytes per element.
  package var size: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// Converts little-endian elements to Float32.
  ///
  /// - Precondition: `bytes` holds exactly `values.count` elements.
  package func decode(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    precondition(bytes.byteCount == values.count * size, "bytes and values differ in length")
    switch self {
    case .float32:
      for index in 0..<values.count {
        values[unchecked: index] = Float(bitPattern: bytes.littleEndian(UInt32.self, at: 4 * index))
      }
    case .float16:
      for index in 0..<values.count {
        values[unchecked: index] = Float(Float16(bitPattern: bytes.littleEndian(UInt16.self, at: 2 * index)))
      }
    case .bfloat16:
      for index in 0..<values.count {
        let bits = UInt32(bytes.littleEndian(UInt16.self, at: 2 * index)) << 16
        values[unchecked: index] = Float(bitPattern: bits)
      }
    }
  }
}
