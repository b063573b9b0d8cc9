import Tensors

/// Blocks of 32 signed bytes under one half-precision scale: `value = d · q`, q in −127…127.
///
/// Layout (ggml `block_q8_0`, 34 bytes): f16 d, int8 q[32].
package struct Q8_0: Scheme {
  package init() {}
  package var name: String { "q8_0" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 34 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .uniform(lowest: -127, count: 255) }
  package var parameters: GridParameters { .half(offsets: false) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    GridRow(
      scales: (0..<weights.count / 32).map { block in
        var largest: Float = 0
        for column in block * 32..<(block + 1) * 32 { largest = max(largest, abs(weights[column])) }
        return HalfPrecision.scale(largest / 127)
      })
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      ByteRuns.append(32, to: &bytes) { index in codes[block * 32 + index] &- 127 }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 34)
      for index in 0..<32 {
        let code = bytes.littleEndian(Int8.self, at: block * 34 + 2 + index)
        values[block * 32 + index] = scale * Float(code)
      }
    }
  }
}
