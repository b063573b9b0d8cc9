import Tensors

/// Blocks of 128 signs under one half-precision scale: `value = d` or `−d`.
///
/// Layout (ggml `block_q1_0`, 18 bytes): f16 d, 16 bytes with a bit for each weight, low bits first, set where it is positive.
package struct Q1_0: Scheme {
  package init() {}
  package var name: String { "q1_0" }
  package var columnsPerBlock: Int { 128 }
  package var bytesPerBlock: Int { 18 }
  package var columnsPerGroup: Int { 128 }
  package var levels: Levels { .table([-1, 1]) }
  package var parameters: GridParameters { .half(offsets: false) }

  /// All codes are signs whatever the scale, so any place of the largest weight leads to the best one.
  private static var search: SymmetricSearch<TableRounding> {
    SymmetricSearch(
      rounding: TableRounding([-1, 1]), places: [Lanes(repeating: 1)], allowsNegativeScale: false)
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    HalfScales(columnsPerBlock: 128).fit(weights, importance: importance, search: Self.search)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      for first in stride(from: block * 128, to: block * 128 + 128, by: 8) {
        var byte: UInt8 = 0
        for bit in 0..<8 { byte |= (codes[first + bit] & 1) << UInt8(bit) }
        bytes.append(byte)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 128 {
      let scale = bytes.float16(at: block * 18)
      for index in 0..<128 {
        let byte = bytes.littleEndian(UInt8.self, at: block * 18 + 2 + index / 8)
        values[block * 128 + index] = byte >> UInt8(index % 8) & 1 == 1 ? scale : -scale
      }
    }
  }
}
