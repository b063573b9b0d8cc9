import Tensors

/// Floating-point numbers of one sign, two exponent and one mantissa bit, doubled so that all are integers: what
/// `MXFP4` and `NVFP4` store.
enum FourBitFloats {
  /// In ascending order; zero once.
  static let table: [Float] = [-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12]

  /// The value of each stored number, sign in the highest bit.
  static let stored: [Float] = [0, 1, 2, 3, 4, 6, 8, 12, -0.0, -1, -2, -3, -4, -6, -8, -12]

  /// The stored number of a code, an index into `table`.
  static func bits(_ code: UInt8) -> UInt8 {
    code >= 7 ? code - 7 : 15 - code
  }

  /// Appends the numbers of codes `start..<start + count` as nibbles.
  static func append(_ codes: Span<UInt8>, from start: Int, count: Int, to bytes: inout ByteWriter) {
    for index in start..<start + count / 2 {
      bytes.append(bits(codes[index]) | bits(codes[index + count / 2]) << 4)
    }
  }
}
