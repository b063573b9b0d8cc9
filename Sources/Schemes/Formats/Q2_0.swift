import Tensors

/// Blocks of 64 codes −1, 0, 1 and 2 under one half-precision scale: `value = d · (q − 1)`.
///
/// Layout (ggml `block_q2_0`, 18 bytes): f16 d, 16 bytes with four codes each, the first in the lowest bits.
package struct Q2_0: Scheme {
  package init() {}
  package var name: String { "q2_0" }
  package var columnsPerBlock: Int { 64 }
  package var bytesPerBlock: Int { 18 }
  package var columnsPerGroup: Int { 64 }
  package var levels: Levels { .uniform(lowest: -1, count: 4) }
  package var parameters: GridParameters { .half(offsets: false) }

  /// The largest weight at 2, at 1 of either sign, which is right for weights that are ternary already, and around them.
  private static var search: SymmetricSearch<IntegerRounding> {
    var ones = places(around: 1, reach: 0.45)
    ones[0] = 1
    return SymmetricSearch(
      rounding: IntegerRounding(-1...2), places: [places(around: 2.1, reach: 0.6), ones, -ones], refinements: 2)
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    HalfScales(columnsPerBlock: 64).fit(weights, importance: importance, search: Self.search)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[block])
      for first in stride(from: block * 64, to: block * 64 + 64, by: 4) {
        bytes.append(codes[first] | codes[first + 1] << 2 | codes[first + 2] << 4 | codes[first + 3] << 6)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 64 {
      let scale = bytes.float16(at: block * 18)
      for index in 0..<64 {
        let byte = bytes.littleEndian(UInt8.self, at: block * 18 + 2 + index / 4)
        values[block * 64 + index] = scale * Float(Int(byte >> UInt8(index % 4 * 2) & 3) - 1)
      }
    }
  }
}
