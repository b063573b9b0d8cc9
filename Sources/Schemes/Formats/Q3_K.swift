import Tensors

/// Blocks of 256 three-bit codes in groups of 16, whose scales are signed six-bit integers under one half-precision
/// factor: `value = d · s · (q − 4)`.
///
/// Layout (ggml `block_q3_K`, 110 bytes): 32 bytes of third bits (bit r of byte i belongs to code i of run r of 32), 64
/// bytes of `BitPairs`, 12 bytes of s + 32 (low nibbles of groups 0…7, then 8…15 in the high nibbles of the same eight
/// bytes; high bit pairs in the last four, group g at bit 2 (g / 4) of byte g % 4), f16 d.
package struct Q3_K: Scheme {
  package init() {}
  package var name: String { "q3_k" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 110 }
  package var columnsPerGroup: Int { 16 }
  package var levels: Levels { .uniform(lowest: -4, count: 8) }
  package var parameters: GridParameters { .nested(scales: -32...31, offsets: nil) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let search = SymmetricSearch(
      rounding: IntegerRounding(-4...3), places: [places(around: -4, reach: 1.2), places(around: 3, reach: 1.2)])
    return SymmetricBlockFit(columnsPerGroup: 16, search: search, scaleCodes: -32...31)
      .fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 256 {
      ByteRuns.append(32, to: &bytes) { index in
        var bits: UInt8 = 0
        for run in 0..<8 { bits |= ((codes[block * 256 + run * 32 + index] >> 2) & 1) << UInt8(run) }
        return bits
      }
      BitPairs.append(codes, from: block * 256, to: &bytes)
      func scale(_ group: Int) -> UInt8 { UInt8(truncatingIfNeeded: grid.nested.scaleCodes[block * 16 + group] &+ 32) }
      for group in 0..<8 { bytes.append(scale(group) & 15 | scale(group + 8) << 4) }
      for group in 0..<4 {
        var bits: UInt8 = 0
        for row in 0..<4 { bits |= (scale(group + row * 4) >> 4) << UInt8(row * 2) }
        bytes.append(bits)
      }
      bytes.append(float16: grid.nested.superScales[block])
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let start = block * 110
      let superScale = bytes.float16(at: start + 108)
      for group in 0..<16 {
        let low = bytes.littleEndian(UInt8.self, at: start + 96 + group % 8) >> UInt8(group / 8 * 4) & 15
        let high = bytes.littleEndian(UInt8.self, at: start + 104 + group % 4) >> UInt8(group / 4 * 2) & 3
        let scale = superScale * Float(Int(low | high << 4) - 32)
        for index in group * 16..<(group + 1) * 16 {
          let third = bytes.littleEndian(UInt8.self, at: start + index % 32) >> UInt8(index / 32) & 1
          let code = BitPairs.pair(bytes, at: start + 32, index: index) | third << 2
          values[block * 256 + index] = scale * Float(Int(code) - 4)
        }
      }
    }
  }
}
