import Tensors

/// The fifth bits of 32 codes as one number, bit `i` for code `i`.
enum FifthBits {
  /// Appends the fifth bits of codes `start..<start + 32`.
  static func append(_ codes: Span<UInt8>, from start: Int, to bytes: inout ByteWriter) {
    var bits: UInt32 = 0
    for index in 0..<32 { bits |= UInt32((codes[start + index] >> 4) & 1) << UInt32(index) }
    bytes.append(bits)
  }
}
