import Tensors

/// Blocks of 256 weights as 32 ternary vectors of eight from a table, shifted by an eighth, and a scale for each 32.
///
/// Layout (ggml `block_iq1_s`, 50 bytes): f16 d, 32 bytes with the low eight bits of table positions, then for each 32
/// weights 16 bits with three more bits of four positions, a three-bit scale s and the sign of the shift: `value = d ·
/// (2 s + 1) · (table ± ⅛)`.
package struct IQ1_S: VectorScheme {
  package init() {}
  package var name: String { "iq1_s" }
  package var bytesPerBlock: Int { 50 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq1, shift: 0.125, isShiftOfGroup: true), columnsPerGroup: 32, steps: 8, unit: 1,
    start: .split(shift: 0.125))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      bytes.append(float16: grid.storedFactor(block, Self.grid.unit))
      let positions = (block * 32..<block * 32 + 32).map { Self.grid.book.vector(codes, at: $0 * 8).position }
      for position in positions { bytes.append(UInt8(position & 255)) }
      for group in 0..<8 {
        var bits = UInt16(grid.oddStep(block * 8 + group)) << 12
        if Self.grid.book.isShiftedDown(codes[block * 256 + group * 32]) { bits |= 0x8000 }
        for part in 0..<4 { bits |= UInt16(positions[group * 4 + part] >> 8) << UInt16(3 * part) }
        bytes.append(bits)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq1.values
    for block in 0..<values.count / 256 {
      let start = block * 50
      let d = bytes.float16(at: start)
      for part in 0..<32 {
        let bits = Int(bytes.littleEndian(UInt16.self, at: start + 34 + part / 4 * 2))
        let scale = d * Float(2 * (bits >> 12 & 7) + 1)
        let shift: Float = bits & 0x8000 == 0 ? 0.125 : -0.125
        let low = Int(bytes.littleEndian(UInt8.self, at: start + 2 + part))
        let vector = (low | (bits >> (part % 4 * 3) & 7) << 8) * 8
        for index in 0..<8 { values[block * 256 + part * 8 + index] = scale * (table[vector + index] + shift) }
      }
    }
  }
}
