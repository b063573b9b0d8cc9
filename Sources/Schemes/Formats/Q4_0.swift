import Tensors

/// Blocks of 32 codes of four bits under one half-precision scale: `value = d · (q − 8)`.
///
/// Layout (ggml `block_q4_0`, 18 bytes): f16 d, then 16 bytes whose low nibbles are codes 0…15 and whose high nibbles
/// are codes 16…31.
package struct Q4_0: Scheme {
  package init() {}
  package var name: String { "q4_0" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 18 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: -8, count: 16) }
  package var parameters: GridParameters { .half(offsets: false) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let search = SymmetricSearch(
      rounding: IntegerRounding(-8...7), places: [places(around: -8, reach: 1.5), places(around: 7, reach: 1.5)])
    return HalfScales(columnsPerBlock: 32).fit(weights, importance: importance, search: search)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      Nibbles.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 18)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 18 + 2 + index)
        values[block * 32 + index] = scale * Float(Int(pair & 15) - 8)
        values[block * 32 + 16 + index] = scale * Float(Int(pair >> 4) - 8)
      }
    }
  }
}
