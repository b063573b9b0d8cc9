import Tensors

/// Bytes that are made one from several codes, written eight at a time.
enum ByteRuns {
  /// Appends `byte(0)`, `byte(1)`, … `byte(count - 1)`, where `count` is a multiple of 8.
  @inline(__always)
  static func append(_ count: Int, to bytes: inout ByteWriter, _ byte: (_ index: Int) -> UInt8) {
    for start in stride(from: 0, to: count, by: 8) {
      var word: UInt64 = 0
      for index in 0..<8 { word |= UInt64(byte(start + index)) << UInt64(8 * index) }
      bytes.append(word)
    }
  }
}

/// Codes below 16, two to a byte: byte `i` holds code `i` in its low nibble and code `count / 2 + i` in its high nibble.
enum Nibbles {
  /// Appends codes `start..<start + count` as `count / 2` bytes, where `count` is a multiple of 16. Higher bits of the
  /// codes are left out.
  static func append(_ codes: Span<UInt8>, from start: Int, count: Int, to bytes: inout ByteWriter) {
    precondition(start >= 0 && start + count <= codes.count, "codes outside the row")
    ByteRuns.append(count / 2, to: &bytes) { index in
      codes[unchecked: start + index] & 15 | codes[unchecked: start + count / 2 + index] << 4
    }
  }
}
