import Tensors

/// Blocks of 32 codes of five bits under one half-precision scale: `value = d · (q − 16)`.
///
/// Layout (ggml `block_q5_0`, 22 bytes): f16 d, 32 `FifthBits`, 16 bytes of nibbles as in `Q4_0`.
package struct Q5_0: Scheme {
  package init() {}
  package var name: String { "q5_0" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 22 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: -16, count: 32) }
  package var parameters: GridParameters { .half(offsets: false) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let search = SymmetricSearch(
      rounding: IntegerRounding(-16...15), places: [places(around: -16, reach: 1.5), places(around: 15, reach: 1.5)])
    return HalfScales(columnsPerBlock: 32).fit(weights, importance: importance, search: search)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      FifthBits.append(codes, from: block * 32, to: &bytes)
      Nibbles.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 22)
      let bits = bytes.littleEndian(UInt32.self, at: block * 22 + 2)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 22 + 6 + index)
        let low = UInt32(pair & 15) | (bits >> UInt32(index) & 1) << 4
        let high = UInt32(pair >> 4) | (bits >> UInt32(index + 16) & 1) << 4
        values[block * 32 + index] = scale * Float(Int(low) - 16)
        values[block * 32 + 16 + index] = scale * Float(Int(high) - 16)
      }
    }
  }
}
