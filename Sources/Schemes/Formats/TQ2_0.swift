import Tensors

/// Blocks of 256 ternary codes in two bits each under one half-precision scale: `value = d · (q − 1)`.
///
/// Layout (ggml `block_tq2_0`, 66 bytes): 64 bytes of `BitPairs`, f16 d.
package struct TQ2_0: Scheme {
  package init() {}
  package var name: String { "tq2_0" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 66 }
  package var columnsPerGroup: Int { 256 }
  package var levels: Levels { Ternary.levels }
  package var parameters: GridParameters { .half(offsets: false) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    Ternary.fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      BitPairs.append(codes, from: block * 256, to: &bytes)
      bytes.append(float16: grid.scales[block])
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let scale = bytes.float16(at: block * 66 + 64)
      for index in 0..<256 {
        let code = BitPairs.pair(bytes, at: block * 66, index: index)
        values[block * 256 + index] = scale * Float(Int(code) - 1)
      }
    }
  }
}
