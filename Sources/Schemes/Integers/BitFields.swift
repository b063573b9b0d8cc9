import Tensors

/// Small numbers of equal width, one after the other from the lowest bit of the first byte up.
enum BitFields {
  /// Appends codes `start..<start + count`, filled up with zero bits to a whole byte. Higher bits of the codes are left
  /// out.
  static func append(
    _ codes: Span<UInt8>, from start: Int, count: Int, bits: Int, to bytes: inout ByteWriter
  ) {
    precondition(start >= 0 && start + count <= codes.count, "codes outside the row")
    let mask = UInt64(1 << bits - 1)
    var word: UInt64 = 0
    var filled = 0
    for index in start..<start + count {
      word |= (UInt64(codes[unchecked: index]) & mask) << UInt64(filled)
      filled += bits
      if filled >= 32 {
        bytes.append(UInt32(truncatingIfNeeded: word))
        word >>= 32
        filled -= 32
      }
    }
    while filled > 0 {
      bytes.append(UInt8(truncatingIfNeeded: word))
      word >>= 8
      filled -= 8
    }
  }

  /// The field of that index, of those that begin at byte `offset`.
  @inline(__always)
  static func field(_ bytes: RawSpan, at offset: Int, index: Int, bits: Int) -> UInt8 {
    let (byte, shift) = (index * bits).quotientAndRemainder(dividingBy: 8)
    var field = UInt16(bytes.littleEndian(UInt8.self, at: offset + byte))
    if shift + bits > 8 { field |= UInt16(bytes.littleEndian(UInt8.self, at: offset + byte + 1)) << 8 }
    return UInt8(truncatingIfNeeded: field >> UInt16(shift) & UInt16(1 << bits - 1))
  }
}
