import Tensors

/// Codes of 2, 3, 4 or 8 bits under one half-precision scale for each group of columns.
///
/// Containers lay scales, zero points and codes out each in their own way, over the whole matrix. The bytes here are ours,
/// for what comes before that: group by group the scale (f16), then with integer zero points the zero point (u8) or with
/// biases the bias (f16), then the codes, counted from 0, as `bits`-bit fields from the lowest bit of the first byte up,
/// filled up with zero bits to a whole byte.
package struct IntegerScheme: Scheme {
  package let type: IntegerType
  package let columnsPerGroup: Int

  init(_ type: IntegerType, columnsPerGroup: Int) {
    self.type = type
    self.columnsPerGroup = columnsPerGroup
  }

  package var name: String { type.name }
  package var columnsPerBlock: Int { columnsPerGroup }
  package var bytesPerBlock: Int { codesOffset + (columnsPerGroup * type.bits + 7) / 8 }
  package var levels: Levels { .uniform(lowest: type.zero == .symmetric ? -middle : 0, count: 1 << type.bits) }

  package var parameters: GridParameters {
    switch type.zero {
    case .symmetric: .half(offsets: false)
    case .point: .zeroPoints(1...top)
    case .bias: .half(offsets: true)
    }
  }

  /// The largest code.
  private var top: Int { 1 << type.bits - 1 }
  /// The code that stands for zero in symmetric types.
  private var middle: Int { 1 << (type.bits - 1) }

  /// Where the codes of a group begin in its bytes.
  var codesOffset: Int {
    switch type.zero {
    case .symmetric: 2
    case .point: 3
    case .bias: 4
    }
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let shrinkage = Shrinkage(bits: type.bits)
    let halves = HalfScales(columnsPerBlock: columnsPerGroup)
    switch type.zero {
    case .symmetric:
      let search = SymmetricSearch(
        rounding: IntegerRounding(-middle...middle - 1),
        places: shrinkage.lanes.flatMap { [Float(-middle) / $0, Float(middle - 1) / $0] })
      return halves.fit(weights, importance: importance, search: search)
    case .bias:
      return halves.fit(weights, importance: importance, search: AffineSearch(top: top, shrinkage: shrinkage))
    case .point:
      return fitZeroPoints(weights, importance: importance, ZeroPointSearch(top: top, shrinkage: shrinkage))
    }
  }

  private func fitZeroPoints(_ weights: Span<Float>, importance: Span<Float>, _ search: ZeroPointSearch) -> GridRow {
    let groups = weights.count / columnsPerGroup
    var row = GridRow(
      scales: [Float](repeating: 0, count: groups),
      nested: GridRow.Nested(offsetCodes: [Int8](repeating: Int8(truncatingIfNeeded: middle), count: groups)))
    var block = WeightedBlock()
    for group in 0..<groups {
      let start = group * columnsPerGroup
      guard block.load(weights, importance: importance, from: start, count: columnsPerGroup) else { continue }
      let range = 0..<block.paddedCount
      let x = block.x.span.extracting(range)
      let errorWeights = block.errorWeights.span.extracting(range)
      let best = search.fit(x, weights: errorWeights, bias: BiasPenalty(x, errorWeights))
      row.scales[group] = HalfPrecision.scale(best.scale * block.unit)
      row.offsets[group] = row.scales[group] * Float(best.zero)
      row.nested.offsetCodes[group] = Int8(truncatingIfNeeded: best.zero)
    }
    return row
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for group in 0..<grid.scales.count {
      bytes.append(float16: grid.scales[group])
      switch type.zero {
      case .symmetric: break
      case .point: bytes.append(grid.nested.offsetCodes[group])
      case .bias: bytes.append(float16: -grid.offsets[group])
      }
      BitFields.append(codes, from: group * columnsPerGroup, count: columnsPerGroup, bits: type.bits, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for group in 0..<values.count / columnsPerGroup {
      let parameters = IntegerGroup(bytes, at: group * bytesPerBlock, type.zero, middle: middle)
      let start = group * bytesPerBlock + codesOffset
      for index in 0..<columnsPerGroup {
        let code = BitFields.field(bytes, at: start, index: index, bits: type.bits)
        values[group * columnsPerGroup + index] = parameters.scale * Float(code) - parameters.offset
      }
    }
  }
}

/// The stored parameters of a group: `value = scale · code − offset`, for codes counted from 0.
private struct IntegerGroup {
  let scale: Float
  let offset: Float

  init(_ bytes: RawSpan, at start: Int, _ zero: IntegerType.Zero, middle: Int) {
    scale = bytes.float16(at: start)
    offset =
      switch zero {
      case .symmetric: scale * Float(middle)
      case .point: scale * Float(bytes.littleEndian(UInt8.self, at: start + 2))
      case .bias: -bytes.float16(at: start + 2)
      }
  }
}
