import Tensors

/// Blocks of 32 codes into 16 unevenly spaced levels under one half-precision scale: `value = d · level[q]`.
///
/// Layout (ggml `block_iq4_nl`, 18 bytes): f16 d, 16 bytes of nibbles as in `Q4_0`.
package struct IQ4_NL: Scheme {
  package init() {}
  package var name: String { "iq4_nl" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 18 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .table(Self.table) }
  package var parameters: GridParameters { .half(offsets: false) }

  /// Denser near zero, where most weights are (ggml `kvalues_iq4nl`).
  static let table: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

  /// The scale search of one group; both extreme levels are tried for the largest weight.
  static var search: SymmetricSearch<TableRounding> {
    SymmetricSearch(
      rounding: TableRounding(table), places: [places(around: -127, reach: 15), places(around: 113, reach: 15)])
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    HalfScales(columnsPerBlock: 32).fit(weights, importance: importance, search: Self.search)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      Nibbles.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Self.table
    for block in 0..<values.count / 32 {
      let scale = bytes.float16(at: block * 18)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 18 + 2 + index)
        values[block * 32 + index] = scale * table[Int(pair & 15)]
        values[block * 32 + 16 + index] = scale * table[Int(pair >> 4)]
      }
    }
  }
}
