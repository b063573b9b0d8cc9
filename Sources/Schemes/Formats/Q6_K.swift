import Tensors

/// Blocks of 256 six-bit codes in groups of 16, whose scales are signed bytes under one half-precision factor:
/// `value = d · s · (q − 32)`.
///
/// Layout (ggml `block_q6_K`, 210 bytes): 128 bytes of low nibbles, 64 bytes of high bit pairs, int8 s[16], f16 d. Each
/// half of 128 codes is four runs of 32: byte i of 64 low bytes holds code i of run 0 (or i − 32 of run 1) in its low
/// nibble and of run 2 (or 3) in its high nibble; byte i of 32 high bytes holds the pairs of all four runs, run 0
/// lowest.
package struct Q6_K: Scheme {
  package init() {}
  package var name: String { "q6_k" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 210 }
  package var columnsPerGroup: Int { 16 }
  package var levels: Levels { .uniform(lowest: -32, count: 64) }
  package var parameters: GridParameters { .nested(scales: -128...127, offsets: nil) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let search = SymmetricSearch(
      rounding: IntegerRounding(-32...31), places: [places(around: -32, reach: 0.9)], refinements: 0)
    return SymmetricBlockFit(columnsPerGroup: 16, search: search, scaleCodes: -128...127)
      .fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 256 {
      for half in 0..<2 { Nibbles.append(codes, from: block * 256 + half * 128, count: 128, to: &bytes) }
      BitPairs.append(codes, from: block * 256, shift: 4, to: &bytes)
      for group in block * 16..<(block + 1) * 16 { bytes.append(grid.nested.scaleCodes[group]) }
      bytes.append(float16: grid.nested.superScales[block])
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let start = block * 210
      let superScale = bytes.float16(at: start + 208)
      for run in 0..<8 {
        let half = run / 4
        let lowShift = UInt8(run % 4 / 2 * 4)
        let highShift = UInt8(run % 4 * 2)
        for index in 0..<32 {
          let low = bytes.littleEndian(UInt8.self, at: start + half * 64 + run % 2 * 32 + index) >> lowShift & 15
          let high = bytes.littleEndian(UInt8.self, at: start + 128 + half * 32 + index) >> highShift & 3
          let code = bytes.littleEndian(Int8.self, at: start + 192 + run * 2 + index / 16)
          let scale = superScale * Float(code)
          values[block * 256 + run * 32 + index] = scale * Float(Int(low | high << 4) - 32)
        }
      }
    }
  }
}
