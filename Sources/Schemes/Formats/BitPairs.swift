import Tensors

/// Two-bit numbers of 256 codes in 64 bytes, as several formats lay them out: each half of 128 codes is four runs of 32,
/// and byte i of the half's 32 bytes holds the pairs of code i of all four runs, run 0 lowest.
enum BitPairs {
  /// Appends bits `shift` and `shift + 1` of codes `start..<start + 256`.
  static func append(_ codes: Span<UInt8>, from start: Int, shift: UInt8 = 0, to bytes: inout ByteWriter) {
    precondition(start >= 0 && start + 256 <= codes.count, "codes outside the row")
    for half in stride(from: start, to: start + 256, by: 128) {
      ByteRuns.append(32, to: &bytes) { index in
        var byte: UInt8 = 0
        for run in 0..<4 { byte |= ((codes[unchecked: half + index + run * 32] >> shift) & 3) << UInt8(run * 2) }
        return byte
      }
    }
  }

  /// The pair of code `index` of 256 whose bytes start at `offset`.
  @inline(__always)
  static func pair(_ bytes: RawSpan, at offset: Int, index: Int) -> UInt8 {
    let byte = bytes.littleEndian(UInt8.self, at: offset + index / 128 * 32 + index % 32)
    return byte >> UInt8(index / 32 % 4 * 2) & 3
  }
}
