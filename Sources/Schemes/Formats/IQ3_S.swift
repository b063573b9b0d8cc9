import Tensors

/// Blocks of 256 weights as 64 vectors of four from a table, with all signs, and a scale for each 32. Read only.
///
/// Layout (ggml `block_iq3_s`, 110 bytes): f16 d, 64 bytes with the low eight bits of table positions, 8 bytes with their
/// ninth bits, 32 bytes of signs, 4 bytes with four-bit scales s, low nibble first: `value = d · (2 s + 1) · sign ·
/// table`.
package struct IQ3_S: WeightFormat {
  package init() {}
  package var name: String { "iq3_s" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 110 }

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
