import Tensors

/// As `IQ1_S`, with a scale for each 16 weights and a shift for each eight.
///
/// Layout (ggml `block_iq1_m`, 56 bytes): 32 bytes with the low eight bits of table positions, 16 bytes with a nibble for
/// each vector (three more bits of the position and the sign of the shift), four numbers of 16 bits, each with four
/// three-bit scales s and, on top, a nibble of the f16 d, lowest first: `value = d · (2 s + 1) · (table ± ⅛)`.
package struct IQ1_M: VectorScheme {
  package init() {}
  package var name: String { "iq1_m" }
  package var bytesPerBlock: Int { 56 }

  package static let grid = VectorBlockFit(
    VectorCodebook(.iq1, shift: 0.125, isShiftOfGroup: false), columnsPerGroup: 16, steps: 8, unit: 1,
    start: .split(shift: 0.125))

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.nested.superScales.count {
      let positions = (block * 32..<block * 32 + 32).map { Self.grid.book.vector(codes, at: $0 * 8).position }
      for position in positions { bytes.append(UInt8(position & 255)) }
      for first in stride(from: 0, to: 32, by: 2) {
        let nibbles = (first...first + 1).map { part in
          UInt8(positions[part] >> 8) | (Self.grid.book.isShiftedDown(codes[block * 256 + part * 8]) ? 8 : 0)
        }
        bytes.append(nibbles[0] | nibbles[1] << 4)
      }
      let pattern = Float16(grid.storedFactor(block, Self.grid.unit)).bitPattern
      for number in 0..<4 {
        var bits = (pattern >> UInt16(4 * number) & 15) << 12
        for group in 0..<4 {
          bits |= UInt16(grid.oddStep(block * 16 + number * 4 + group)) << UInt16(3 * group)
        }
        bytes.append(bits)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = Codebook.iq1.values
    for block in 0..<values.count / 256 {
      let start = block * 56
      var pattern: UInt16 = 0
      for number in 0..<4 {
        pattern |= (bytes.littleEndian(UInt16.self, at: start + 48 + number * 2) >> 12) << UInt16(number * 4)
      }
      let d = Float(Float16(bitPattern: pattern))
      for part in 0..<32 {
        let scales = Int(bytes.littleEndian(UInt16.self, at: start + 48 + part / 8 * 2))
        let scale = d * Float(2 * (scales >> (part / 2 % 4 * 3) & 7) + 1)
        let nibble = Int(bytes.littleEndian(UInt8.self, at: start + 32 + part / 2)) >> (part % 2 * 4) & 15
        let shift: Float = nibble & 8 == 0 ? 0.125 : -0.125
        let vector = (Int(bytes.littleEndian(UInt8.self, at: start + part)) | (nibble & 7) << 8) * 8
        for index in 0..<8 { values[block * 256 + part * 8 + index] = scale * (table[vector + index] + shift) }
      }
    }
  }
}
