import Tensors

/// Eight pairs of six-bit numbers in twelve bytes: the scale and offset codes of `q4_k` and `q5_k`.
///
/// Of the first four pairs, bytes 0…3 hold the first and bytes 4…7 the second number in their low six bits. Of pair
/// 4 + i, byte 8 + i holds the low four bits of both (the second in the high nibble), and the two high bits of bytes i
/// and 4 + i hold the rest.
enum SixBitPairs {
  static let byteCount = 12

  /// Appends pairs `start..<start + 8` of `first` and `second`, each number in 0…63.
  static func append(_ first: [Int8], _ second: [Int8], from start: Int, to bytes: inout ByteWriter) {
    for index in start..<start + 4 { bytes.append(low(first[index], first[index + 4])) }
    for index in start..<start + 4 { bytes.append(low(second[index], second[index + 4])) }
    for index in start + 4..<start + 8 {
      bytes.append(UInt8(truncatingIfNeeded: first[index] & 15 | second[index] << 4))
    }
  }

  /// The six bits of `code` with the two high bits of `later` above them.
  private static func low(_ code: Int8, _ later: Int8) -> UInt8 {
    UInt8(truncatingIfNeeded: code) & 63 | (UInt8(truncatingIfNeeded: later) >> 4) << 6
  }

  /// Pair `index` of the twelve bytes at `offset`.
  @inline(__always)
  static func pair(_ bytes: RawSpan, at offset: Int, index: Int) -> (first: Float, second: Float) {
    func byte(_ position: Int) -> UInt8 { bytes.littleEndian(UInt8.self, at: offset + position) }
    if index < 4 { return (Float(byte(index) & 63), Float(byte(index + 4) & 63)) }
    let low = byte(index + 4)
    return (Float(low & 15 | (byte(index - 4) >> 6) << 4), Float(low >> 4 | (byte(index) >> 6) << 4))
  }
}
