import Tensors

/// Blocks of 32 codes of four bits under a half-precision scale and minimum: `value = d · q + m`.
///
/// Layout (ggml `block_q4_1`, 20 bytes): f16 d, f16 m, 16 bytes of nibbles as in `Q4_0`.
package struct Q4_1: Scheme {
  package init() {}
  package var name: String { "q4_1" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 20 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: 0, count: 16) }
  package var parameters: GridParameters { .half(offsets: true) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    HalfScales(columnsPerBlock: 32)
      .fit(weights, importance: importance, search: AffineSearch(top: 15, allowsNegativeOffset: true, batches: 3))
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      bytes.append(float16: -grid.offsets[block])
      Nibbles.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 20)
      let minimum = bytes.float16(at: block * 20 + 2)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 20 + 4 + index)
        values[block * 32 + index] = scale * Float(pair & 15) + minimum
        values[block * 32 + 16 + index] = scale * Float(pair >> 4) + minimum
      }
    }
  }
}
