import Tensors

/// Blocks of 64 floating-point numbers of a sign, two exponent bits and one mantissa bit: bitsandbytes' `fp4`.
///
/// Its encoding is its own (`create_fp8_map` with two exponent bits of bias 2, brought to a largest magnitude of 1); layout
/// in `BitsAndBytes`.
package struct FP4: Scheme {
  package init() {}
  package var name: String { "fp4" }
  package var columnsPerBlock: Int { BitsAndBytes.columnsPerBlock }
  package var bytesPerBlock: Int { BitsAndBytes.bytesPerBlock }
  package var columnsPerGroup: Int { BitsAndBytes.columnsPerBlock }
  package var levels: Levels { .table(Self.table) }
  package var parameters: GridParameters { .half(offsets: false) }

  /// Twelve times the level of each stored number without its sign bit, the highest of four.
  private static let magnitudes: [Float] = [0, 0.0625, 8, 12, 4, 6, 2, 3]

  /// The level of each stored number.
  static let stored: [Float] = magnitudes.map { $0 / 12 } + magnitudes.map { $0 == 0 ? 0 : -$0 / 12 }

  /// The stored number of each code: by level in ascending order, zero once.
  private static let nibbles: [UInt8] = (0..<16).filter { $0 != 8 }.sorted { stored[Int($0)] < stored[Int($1)] }

  static let table: [Float] = nibbles.map { stored[Int($0)] }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    BitsAndBytes(levels: Self.table).fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    let nibbles = Self.nibbles
    BitsAndBytes(levels: Self.table).pack(codes, grid, into: &bytes) { nibbles[Int($0)] }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    BitsAndBytes(levels: Self.table).unpack(bytes, into: &values, stored: Self.stored)
  }
}
