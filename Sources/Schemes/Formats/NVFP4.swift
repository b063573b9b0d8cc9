import Tensors

/// Blocks of 64 four-bit floating-point numbers in groups of 16, each under an eight-bit floating-point scale:
/// `value = s · level[q]`.
///
/// Layout (ggml `block_nvfp4`, 36 bytes): u8 s[4] (four exponent bits with bias 7, three mantissa bits, no sign; halved
/// because levels are doubled), then for each group 8 bytes of nibbles as in `Q4_0`.
package struct NVFP4: Scheme {
  package init() {}
  package var name: String { "nvfp4" }
  package var columnsPerBlock: Int { 64 }
  package var bytesPerBlock: Int { 36 }
  package var columnsPerGroup: Int { 16 }
  package var levels: Levels { .table(FourBitFloats.table) }

  /// The scale of each stored byte. The highest bit is left out, and 127 is zero, except with that bit: as ggml reads
  /// them. Only bytes below 127 are written; their scales ascend.
  private static let scales: [Float] = (0..<256).map { byte in
    let mantissa = Float(byte & 7)
    let exponent = byte >> 3 & 15
    if byte == 127 { return 0 }
    let number =
      exponent == 0 ? mantissa / 512 : Float(sign: .plus, exponent: exponent - 7, significand: 1 + mantissa / 8)
    return number / 2
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let trial = ScaleTrial(rounding: TableRounding(FourBitFloats.table))
    let table = Self.scales.prefix(127)
    var block = WeightedBlock()
    var row = GridRow(
      scales: [Float](repeating: 0, count: weights.count / 16),
      nested: GridRow.Nested(scaleCodes: [Int8](repeating: 0, count: weights.count / 16)))
    for group in 0..<row.scales.count {
      guard block.load(weights, importance: importance, from: group * 16, count: 16) else { continue }
      // At the unit over eight, the largest weight is between levels 8 and 16.
      let near = table.firstIndex { $0 >= block.unit / 8 } ?? table.count - 1
      let lowest = max(0, min(table.count - 16, near - 6))
      var candidates = Lanes()
      for lane in 0..<16 { candidates[lane] = table[lowest + lane] / block.unit }
      let lane = trial.best(
        of: candidates, block.x.span.extracting(0..<16), weights: block.errorWeights.span.extracting(0..<16))
      row.scales[group] = table[lowest + lane]
      row.nested.scaleCodes[group] = Int8(lowest + lane)
    }
    return row
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<codes.count / 64 {
      for group in block * 4..<(block + 1) * 4 { bytes.append(grid.nested.scaleCodes[group]) }
      for group in block * 4..<(block + 1) * 4 { FourBitFloats.append(codes, from: group * 16, count: 16, to: &bytes) }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let stored = FourBitFloats.stored
    let scales = Self.scales
    for block in 0..<values.count / 64 {
      for group in 0..<4 {
        let scale = scales[Int(bytes.littleEndian(UInt8.self, at: block * 36 + group))]
        for index in 0..<8 {
          let pair = bytes.littleEndian(UInt8.self, at: block * 36 + 4 + group * 8 + index)
          let column = block * 64 + group * 16 + index
          values[column] = scale * stored[Int(pair & 15)]
          values[column + 8] = scale * stored[Int(pair >> 4)]
        }
      }
    }
  }
}

extension NVFP4: LatticeScheme {
  package func storedScale(near scale: Float) -> Float? {
    Self.scales.prefix(127).min { abs($0 - scale) < abs($1 - scale) }
  }

  package func row(ofStored scales: [Float]) -> GridRow {
    let table = Self.scales.prefix(127)
    let codes = scales.map { scale in Int8(table.firstIndex(of: scale) ?? 0) }
    return GridRow(scales: scales, nested: GridRow.Nested(scaleCodes: codes))
  }
}
