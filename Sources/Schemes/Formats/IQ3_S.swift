import Tensors

/// Blocks of 256 weights as 64 vectors of four from a table, with all signs, and a scale for each 32.
///
/// Layout (ggml `block_iq3_s`, 110 bytes): f16 d, 64 bytes with the low eight bits of table positions, 8 bytes with their
/// ninth bits, 32 bytes of signs, 4 bytes with four-bit scales s, low nibble first: `value = d · (2 s + 1) · sign ·
/// table`.
package struct IQ3_S: VectorScheme {
  package init() {}
  package var name: String { "iq3_s" }
  package var bytesPerBlock: Int { 110 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq3s, columnsPerCode: 4, signs: .free), columnsPerGroup: 32, steps: 16, unit: 1,
    start: .places([0.7, 0.78, 0.85, 0.91, 0.97, 1.03, 1.1, 1.18]))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      let vectors = (block * 64..<block * 64 + 64).map { Self.grid.book.vector(codes, at: $0 * 4) }
      for vector in vectors { bytes.append(UInt8(vector.position & 255)) }
      for first in stride(from: 0, to: 64, by: 8) {
        bytes.append((0..<8).reduce(0) { $0 | UInt8(vectors[first + $1].position >> 8) << UInt8($1) })
      }
      for first in stride(from: 0, to: 64, by: 2) {
        bytes.append(vectors[first].signs | vectors[first + 1].signs << 4)
      }
      grid.appendOddSteps(block * 8..<block * 8 + 8, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq3s.values
    for block in 0..<values.count / 256 {
      let start = block * 110
      let d = bytes.float16(at: start)
      for part in 0..<64 {
        let nibbles = bytes.littleEndian(UInt8.self, at: start + 106 + part / 16)
        let scale = d * Float(1 + 2 * (nibbles >> UInt8(part / 8 % 2 * 4) & 15))
        let high = bytes.littleEndian(UInt8.self, at: start + 66 + part / 8) >> UInt8(part % 8) & 1
        let low = bytes.littleEndian(UInt8.self, at: start + 2 + part)
        let vector = (Int(low) | Int(high) << 8) * 4
        let signs = bytes.littleEndian(UInt8.self, at: start + 74 + part / 2) >> UInt8(part % 2 * 4)
        for index in 0..<4 {
          values[block * 256 + part * 4 + index] = scale * table[vector + index] * Signs.sign(signs, index)
        }
      }
    }
  }
}
