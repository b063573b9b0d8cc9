import Tensors

/// Blocks of 256 weights as 64 vectors of four from a table, with signs and a scale for each 32.
///
/// Layout (ggml `block_iq3_xxs`, 98 bytes): f16 d, 64 bytes of table positions, then for each 32 weights 32 bits with
/// four times seven signs and, on top, a four-bit scale s: `value = d · (s + ½) / 2 · sign · table`.
package struct IQ3_XXS: VectorScheme {
  package init() {}
  package var name: String { "iq3_xxs" }
  package var bytesPerBlock: Int { 98 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq3xxs, columnsPerCode: 8, signs: .even), columnsPerGroup: 32, steps: 16, unit: 0.25,
    start: .places([0.7, 0.78, 0.85, 0.91, 0.97, 1.03, 1.1, 1.18]))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      let vectors = (block * 64..<block * 64 + 64).map { Self.grid.book.vector(codes, at: $0 * 4) }
      for vector in vectors { bytes.append(UInt8(vector.position)) }
      for group in 0..<8 {
        var bits = UInt32(grid.oddStep(block * 8 + group)) << 28
        for part in 0..<4 {
          let pair = group * 8 + part * 2
          let signs = UInt32(vectors[pair].signs | vectors[pair + 1].signs << 4)
          bits |= (signs & 127) << UInt32(7 * part)
        }
        bytes.append(bits)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq3xxs.values
    for block in 0..<values.count / 256 {
      let start = block * 98
      let d = bytes.float16(at: start)
      for part in 0..<32 {
        let bits = bytes.littleEndian(UInt32.self, at: start + 66 + part / 4 * 4)
        let scale = d * (0.5 + Float(bits >> 28)) * 0.5
        let signs = Signs.even(bits >> UInt32(7 * (part % 4)))
        for index in 0..<8 {
          let vector = Int(bytes.littleEndian(UInt8.self, at: start + 2 + part * 2 + index / 4)) * 4
          values[block * 256 + part * 8 + index] = scale * table[vector + index % 4] * Signs.sign(signs, index)
        }
      }
    }
  }
}
