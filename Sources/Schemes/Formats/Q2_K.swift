import Tensors

/// Blocks of 256 two-bit codes in groups of 16, whose scales and offsets are four-bit integers under two half-precision
/// factors: `value = d · s · q − dmin · m`.
///
/// Layout (ggml `block_q2_K`, 84 bytes): 16 bytes with s in the low and m in the high nibble, 64 bytes of `BitPairs`,
/// f16 d, f16 dmin.
package struct Q2_K: Scheme {
  package init() {}
  package var name: String { "q2_k" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 84 }
  package var columnsPerGroup: Int { 16 }
  package var levels: Levels { .uniform(lowest: 0, count: 4) }
  package var parameters: GridParameters { .nested(scales: 0...15, offsets: 0...15) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    AffineBlockFit(columnsPerGroup: 16, top: 3, topParameter: 15)
      .fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 256 {
      for group in block * 16..<(block + 1) * 16 {
        bytes.append(
          UInt8(truncatingIfNeeded: grid.nested.scaleCodes[group] | grid.nested.offsetCodes[group] << 4))
      }
      BitPairs.append(codes, from: block * 256, to: &bytes)
      bytes.append(float16: grid.nested.superScales[block])
      bytes.append(float16: grid.nested.superOffsets[block])
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let start = block * 84
      let superScale = bytes.float16(at: start + 80)
      let superOffset = bytes.float16(at: start + 82)
      for group in 0..<16 {
        let parameters = bytes.littleEndian(UInt8.self, at: start + group)
        let scale = superScale * Float(parameters & 15)
        let offset = superOffset * Float(parameters >> 4)
        for index in group * 16..<(group + 1) * 16 {
          let code = BitPairs.pair(bytes, at: start + 16, index: index)
          values[block * 256 + index] = scale * Float(code) - offset
        }
      }
    }
  }
}
