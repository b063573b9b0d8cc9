import Tensors

/// Blocks of 256 weights as 32 vectors of eight from a table, with all signs, and a scale for each 16. Read only.
///
/// Layout (ggml `block_iq2_s`, 82 bytes): f16 d, 32 bytes with the low eight bits of table positions, 32 bytes of signs,
/// 8 bytes with two more bits of four positions each, 8 bytes with four-bit scales s, low nibble first: `value = d ·
/// (s + ½) / 4 · sign · table`.
package struct IQ2_S: WeightFormat {
  package init() {}
  package var name: String { "iq2_s" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 82 }

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
