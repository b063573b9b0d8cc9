import Tensors

/// Blocks of 32 four-bit floating-point numbers under a power of two: `value = 2^(e − 128) · level[q]`.
///
/// Layout (ggml `block_mxfp4`, 17 bytes): u8 e, 16 bytes of nibbles as in `Q4_0`. From the OCP Microscaling Formats
/// specification, with doubled levels and halved scales.
package struct MXFP4: Scheme {
  package init() {}
  package var name: String { "mxfp4" }
  package var columnsPerBlock: Int { 32 }
  package var bytesPerBlock: Int { 17 }
  package var columnsPerGroup: Int { 32 }
  package var levels: Levels { .table(FourBitFloats.table) }

  package var parameters: GridParameters { .powers(Self.exponents) }

  /// The exponents that are written: byte 0, and the largest under which level 12 is finite.
  private static let exponents = -128...124

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let trial = ScaleTrial(rounding: TableRounding(FourBitFloats.table))
    var block = WeightedBlock()
    var scales = [Float](repeating: Self.power(-128), count: weights.count / 32)
    for index in 0..<scales.count {
      guard block.load(weights, importance: importance, from: index * 32, count: 32) else { continue }
      // The largest weight, in 1..<2 units, is level 12 or less at an eighth of the unit.
      let lowest = Int(block.unit.exponent) - 3 - 8
      var candidates = Lanes()
      for lane in 0..<16 { candidates[lane] = Self.power(lowest + lane) / block.unit }
      let lane = trial.best(
        of: candidates, block.x.span.extracting(0..<32), weights: block.errorWeights.span.extracting(0..<32))
      scales[index] = Self.power(lowest + lane)
    }
    return GridRow(scales: scales)
  }

  /// Two to the power nearest to `exponent` that a block can store.
  private static func power(_ exponent: Int) -> Float {
    let limited = max(exponents.lowerBound, min(exponents.upperBound, exponent))
    return Float(sign: .plus, exponent: limited, significand: 1)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      bytes.append(UInt8(truncatingIfNeeded: Int(grid.scales[block].exponent) - Self.exponents.lowerBound))
      FourBitFloats.append(codes, from: block * 32, count: 32, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let stored = FourBitFloats.stored
    for block in 0..<values.count / 32 {
      let exponent = Int(bytes.littleEndian(UInt8.self, at: block * 17)) + Self.exponents.lowerBound
      let scale = Float(sign: .plus, exponent: exponent, significand: 1)
      for index in 0..<16 {
        let pair = bytes.littleEndian(UInt8.self, at: block * 17 + 1 + index)
        values[block * 32 + index] = scale * stored[Int(pair & 15)]
        values[block * 32 + 16 + index] = scale * stored[Int(pair >> 4)]
      }
    }
  }
}

extension MXFP4: LatticeScheme {
  package func storedScale(near scale: Float) -> Float? {
    guard scale >= 0 else { return nil }
    return scale == 0 ? Self.power(-128) : Self.power(Int(scale.exponent))
  }

  package func signZeros(of weights: Span<Float>, in packed: inout MutableSpan<UInt8>) {
    for column in 0..<weights.count where weights[column] == 0 && weights[column].sign == .minus {
      let (block, index) = column.quotientAndRemainder(dividingBy: columnsPerBlock)
      packed[block * bytesPerBlock + 1 + index % 16] |= index < 16 ? 0x08 : 0x80
    }
  }
}
