import Tensors

/// Blocks of 256 weights as 32 vectors of eight from a table, with signs and a scale for each 32.
///
/// Layout (ggml `block_iq2_xxs`, 66 bytes): f16 d, then for each 32 weights four bytes of table positions and 32 bits
/// with four times seven signs and, on top, a four-bit scale s: `value = d · (s + ½) / 4 · sign · table`.
package struct IQ2_XXS: VectorScheme {
  package init() {}
  package var name: String { "iq2_xxs" }
  package var bytesPerBlock: Int { 66 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq2xxs, columnsPerCode: 8, signs: .even), columnsPerGroup: 32, steps: 16, unit: 0.125,
    start: .places([0.6, 0.68, 0.76, 0.84, 0.92, 1, 1.08, 1.16]))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      for group in block * 8..<block * 8 + 8 {
        var bits = UInt32(grid.oddStep(group)) << 28
        for part in 0..<4 {
          let vector = Self.grid.book.vector(codes, at: group * 32 + part * 8)
          bytes.append(UInt8(vector.position))
          bits |= UInt32(vector.signs & 127) << UInt32(7 * part)
        }
        bytes.append(bits)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq2xxs.values
    for block in 0..<values.count / 256 {
      let start = block * 66
      let d = bytes.float16(at: start)
      for group in 0..<8 {
        let bits = bytes.littleEndian(UInt32.self, at: start + 2 + group * 8 + 4)
        let scale = d * (0.5 + Float(bits >> 28)) * 0.25
        for part in 0..<4 {
          let vector = Int(bytes.littleEndian(UInt8.self, at: start + 2 + group * 8 + part)) * 8
          let signs = Signs.even(bits >> UInt32(7 * part))
          for index in 0..<8 {
            let column = block * 256 + group * 32 + part * 8 + index
            values[column] = scale * table[vector + index] * Signs.sign(signs, index)
          }
        }
      }
    }
  }
}
