import Tensors

/// Blocks of 256 codes into the levels of `IQ4_NL` in groups of 32, whose scales are signed six-bit integers under one
/// half-precision factor: `value = d · s · level[q]`.
///
/// Layout (ggml `block_iq4_xs`, 136 bytes): f16 d, 16 bits with the two high bits of s + 32 (group 0 lowest), 4 bytes
/// with its low nibbles (even groups in low nibbles), then 16 bytes of nibbles for each group as in `Q4_0`.
package struct IQ4_XS: Scheme {
  package init() {}
  package var name: String { "iq4_xs" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 136 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .table(IQ4_NL.table) }
  package var parameters: GridParameters { .nested(scales: -32...31, offsets: nil) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    SymmetricBlockFit(columnsPerGroup: 32, search: IQ4_NL.search, scaleCodes: -32...31)
      .fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 256 {
      bytes.append(float16: grid.nested.superScales[block])
      func scale(_ group: Int) -> UInt8 { UInt8(truncatingIfNeeded: grid.nested.scaleCodes[block * 8 + group] &+ 32) }
      var high: UInt16 = 0
      for group in 0..<8 { high |= UInt16(scale(group) >> 4) << UInt16(group * 2) }
      bytes.append(high)
      for pair in 0..<4 { bytes.append(scale(pair * 2) & 15 | scale(pair * 2 + 1) << 4) }
      for group in 0..<8 { Nibbles.append(codes, from: block * 256 + group * 32, count: 32, to: &bytes) }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = IQ4_NL.table
    for block in 0..<values.count / 256 {
      let start = block * 136
      let superScale = bytes.float16(at: start)
      let highBits = bytes.littleEndian(UInt16.self, at: start + 2)
      for group in 0..<8 {
        let low = bytes.littleEndian(UInt8.self, at: start + 4 + group / 2) >> UInt8(group % 2 * 4) & 15
        let high = UInt8(truncatingIfNeeded: highBits >> UInt16(group * 2) & 3)
        let scale = superScale * Float(Int(low | high << 4) - 32)
        for index in 0..<16 {
          let pair = bytes.littleEndian(UInt8.self, at: start + 8 + group * 16 + index)
          let column = block * 256 + group * 32 + index
          values[column] = scale * table[Int(pair & 15)]
          values[column + 16] = scale * table[Int(pair >> 4)]
        }
      }
    }
  }
}
