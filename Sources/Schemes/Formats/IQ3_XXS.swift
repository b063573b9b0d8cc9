import Tensors

/// Blocks of 256 weights as 64 vectors of four from a table, with signs and a scale for each 32. Read only.
///
/// Layout (ggml `block_iq3_xxs`, 98 bytes): f16 d, 64 bytes of table positions, then for each 32 weights 32 bits with
/// four times seven signs and, on top, a four-bit scale s: `value = d · (s + ½) / 2 · sign · table`.
package struct IQ3_XXS: WeightFormat {
  package init() {}
  package var name: String { "iq3_xxs" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 98 }

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
