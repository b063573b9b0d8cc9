import Tensors

/// Blocks of 32 codes of five bits under a half-precision scale and minimum: `value = d · q + m`.
///
/// Layout (ggml `block_q5_1`, 24 bytes): f16 d, f16 m, 32 `FifthBits`, 16 bytes of nibbles as in `Q4_0`.
package struct Q5_1: Scheme {
  package init() {}
  package var name: String { "q5_1" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 24 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: 0, count: 32) }
  package var parameters: GridParameters { .half(offsets: true) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    HalfScales(columnsPerBlock: 32)
      .fit(weights, importance: importance, search: AffineSearch(top: 31, allowsNegativeOffset: true, batches: 3))
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      bytes.append(float16: -grid.offsets[block])
      FifthBits.append(codes, from: block * 32, to: &bytes)
      Nibbles.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 24)
      let minimum = bytes.float16(at: block * 24 + 2)
      let bits = bytes.littleEndian(UInt32.self, at: block * 24 + 4)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 24 + 8 + index)
        let low = UInt32(pair & 15) | (bits >> UInt32(index) & 1) << 4
        let high = UInt32(pair >> 4) | (bits >> UInt32(index + 16) & 1) << 4
        values[block * 32 + index] = scale * Float(low) + minimum
        values[block * 32 + 16 + index] = scale * Float(high) + minimum
      }
    }
  }
}
