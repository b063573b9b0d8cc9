import Tensors

/// As `Q4_K` with five-bit codes: `value = d · s · q − dmin · m`.
///
/// Layout (ggml `block_q5_K`, 176 bytes): f16 d, f16 dmin, 12 bytes of `SixBitPairs` (s, m), 32 bytes of fifth bits (bit
/// g of byte i belongs to code i of group g), then low nibbles as in `Q4_K`.
package struct Q5_K: Scheme {
  package init() {}
  package var name: String { "q5_k" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 176 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: 0, count: 32) }
  package var parameters: GridParameters { .nested(scales: 0...63, offsets: 0...63) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    AffineBlockFit(columnsPerGroup: 32, top: 31, topParameter: 63)
      .fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 256 {
      bytes.append(float16: grid.nested.superScales[block])
      bytes.append(float16: grid.nested.superOffsets[block])
      SixBitPairs.append(grid.nested.scaleCodes, grid.nested.offsetCodes, from: block * 8, to: &bytes)
      ByteRuns.append(32, to: &bytes) { index in
        var bits: UInt8 = 0
        for group in 0..<8 { bits |= (codes[block * 256 + group * 32 + index] >> 4) << UInt8(group) }
        return bits
      }
      for run in 0..<4 { Nibbles.append(codes, from: block * 256 + run * 64, count: 64, to: &bytes) }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let start = block * 176
      let superScale = bytes.float16(at: start)
      let superOffset = bytes.float16(at: start + 2)
      for group in 0..<8 {
        let pair = SixBitPairs.pair(bytes, at: start + 4, index: group)
        let scale = superScale * pair.first
        let offset = superOffset * pair.second
        let shift = UInt8(group % 2 * 4)
        for index in 0..<32 {
          let low = bytes.littleEndian(UInt8.self, at: start + 48 + group / 2 * 32 + index) >> shift & 15
          let high = bytes.littleEndian(UInt8.self, at: start + 16 + index) >> UInt8(group) & 1
          values[block * 256 + group * 32 + index] = scale * Float(low | high << 4) - offset
        }
      }
    }
  }
}
