/// The alphabet in which byte-level vocabularies write bytes: a printable character for each (GPT-2, `encoder.py`).
///
/// Bytes that are printable in Latin-1 stand for themselves; the others take the characters from U+0100 on, in order.
enum PrintableBytes {
  /// The scalar that stands for each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 256
    return (UInt32(0)...255).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte that each scalar below U+0144 stands for, or -1.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 256 + 68)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The bytes that a token's text stands for, or nil when a character stands for none.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }

  /// The characters for some bytes, as UTF-8.
  static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes {
      let scalar = scalars[Int(byte)]
      if scalar < 0x80 {
        result.append(UInt8(scalar))
      } else {
        result.append(UInt8(0xC0 | scalar >> 6))
        result.append(UInt8(0x80 | scalar & 0x3F))
      }
    }
    return result
  }
}
