import Tensors

/// Blocks of 256 weights as 32 vectors of eight from a table, with signs, and a scale for each 16.
///
/// Layout (ggml `block_iq2_xs`, 74 bytes): f16 d, 32 numbers of 16 bits with a table position in the low nine and seven
/// signs in the others, 8 bytes with four-bit scales s, low nibble first: `value = d · (s + ½) / 4 · sign · table`.
package struct IQ2_XS: VectorScheme {
  package init() {}
  package var name: String { "iq2_xs" }
  package var bytesPerBlock: Int { 74 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq2xs, columnsPerCode: 8, signs: .even), columnsPerGroup: 16, steps: 16, unit: 0.125,
    start: .places([0.6, 0.68, 0.76, 0.84, 0.92, 1, 1.08, 1.16]))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      for part in block * 32..<block * 32 + 32 {
        let vector = Self.grid.book.vector(codes, at: part * 8)
        bytes.append(UInt16(vector.position) | UInt16(vector.signs & 127) << 9)
      }
      grid.appendOddSteps(block * 16..<block * 16 + 16, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq2xs.values
    for block in 0..<values.count / 256 {
      let start = block * 74
      let d = bytes.float16(at: start)
      for part in 0..<32 {
        let nibbles = bytes.littleEndian(UInt8.self, at: start + 66 + part / 4)
        let scale = d * (0.5 + Float(nibbles >> UInt8(part / 2 % 2 * 4) & 15)) * 0.25
        let bits = UInt32(bytes.littleEndian(UInt16.self, at: start + 2 + part * 2))
        let vector = Int(bits & 511) * 8
        let signs = Signs.even(bits >> 9)
        for index in 0..<8 {
          values[block * 256 + part * 8 + index] = scale * table[vector + index] * Signs.sign(signs, index)
        }
      }
    }
  }
}
