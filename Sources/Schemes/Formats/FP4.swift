/// Blocks of 64 floating-point numbers of a sign, two exponent bits and one mantissa bit: bitsandbytes' `fp4`.
///
/// Its encoding is its own: `create_fp8_map` with two exponent bits of bias 2, brought to a largest magnitude of 1.
package struct FP4: BitsAndBytesScheme {
  package init() {}
  package var name: String { "fp4" }
  var codebook: BitsAndBytes { Self.codebook }

  /// Twelve times the level of each stored number without its sign bit, the highest of four.
  private static let magnitudes: [Float] = [0, 0.0625, 8, 12, 4, 6, 2, 3]

  static let codebook = BitsAndBytes(stored: magnitudes.map { $0 / 12 } + magnitudes.map { $0 == 0 ? 0 : -$0 / 12 })
}
