import Tensors

/// Blocks of 256 weights as 32 vectors of eight from a table, with all signs, and a scale for each 16.
///
/// Layout (ggml `block_iq2_s`, 82 bytes): f16 d, 32 bytes with the low eight bits of table positions, 32 bytes of signs,
/// 8 bytes with two more bits of four positions each, 8 bytes with four-bit scales s, low nibble first: `value = d ·
/// (s + ½) / 4 · sign · table`.
package struct IQ2_S: VectorScheme {
  package init() {}
  package var name: String { "iq2_s" }
  package var bytesPerBlock: Int { 82 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq2s, columnsPerCode: 8, signs: .free), columnsPerGroup: 16, steps: 16, unit: 0.125,
    start: .places([0.6, 0.68, 0.76, 0.84, 0.92, 1, 1.08, 1.16]))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      let vectors = (block * 32..<block * 32 + 32).map { Self.grid.book.vector(codes, at: $0 * 8) }
      for vector in vectors { bytes.append(UInt8(vector.position & 255)) }
      for vector in vectors { bytes.append(vector.signs) }
      for first in stride(from: 0, to: 32, by: 4) {
        bytes.append((0..<4).reduce(0) { $0 | UInt8(vectors[first + $1].position >> 8) << UInt8($1 * 2) })
      }
      grid.appendOddSteps(block * 16..<block * 16 + 16, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq2s.values
    for block in 0..<values.count / 256 {
      let start = block * 82
      let d = bytes.float16(at: start)
      for part in 0..<32 {
        let nibbles = bytes.littleEndian(UInt8.self, at: start + 74 + part / 4)
        let scale = d * (0.5 + Float(nibbles >> UInt8(part / 2 % 2 * 4) & 15)) * 0.25
        let high = bytes.littleEndian(UInt8.self, at: start + 66 + part / 4) >> UInt8(part % 4 * 2) & 3
        let low = bytes.littleEndian(UInt8.self, at: start + 2 + part)
        let vector = (Int(low) | Int(high) << 8) * 8
        let signs = bytes.littleEndian(UInt8.self, at: start + 34 + part)
        for index in 0..<8 {
          values[block * 256 + part * 8 + index] = scale * table[vector + index] * Signs.sign(signs, index)
        }
      }
    }
  }
}
