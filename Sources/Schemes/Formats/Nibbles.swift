import Tensors

/// Codes below 16, two to a byte: byte `i` holds code `i` in its low nibble and code `count / 2 + i` in its high nibble.
enum Nibbles {
  /// Appends codes `start..<start + count` as `count / 2` bytes. Higher bits of the codes are left out.
  static func append(_ codes: Span<UInt8>, from start: Int, count: Int, to bytes: inout ByteWriter) {
    for index in start..<start + count / 2 {
      bytes.append(codes[index] & 15 | codes[index + count / 2] << 4)
    }
  }
}
