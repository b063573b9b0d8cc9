/// Fits rows whose groups are whole blocks with one half-precision scale each.
struct HalfScales {
  let columnsPerBlock: Int

  /// Scales for every block, each searched by itself.
  func fit<Rounding>(
    _ weights: Span<Float>, importance: Span<Float>, search: SymmetricSearch<Rounding>
  ) -> GridRow {
    var block = WeightedBlock()
    var scales = [Float](repeating: 0, count: weights.count / columnsPerBlock)
    for index in 0..<scales.count {
      let start = index * columnsPerBlock
      guard block.load(weights, importance: importance, from: start, count: columnsPerBlock) else {
        continue
      }
      let range = 0..<block.paddedCount
      let x = block.x.span.extracting(range)
      let errorWeights = block.errorWeights.span.extracting(range)
      let scale = search.fit(x, weights: errorWeights, bias: BiasPenalty(x, errorWeights))
      // Without a zero level, the smallest scale would lift weights far below it.
      let hasZero = search.rounding.hasZero
      scales[index] = hasZero ? HalfPrecision.scale(scale * block.unit) : HalfPrecision.finite(scale * block.unit)
    }
    return GridRow(scales: scales)
  }
}

extension HalfScales {
  /// Scales and minima for every block, each searched by itself.
  func fit(_ weights: Span<Float>, importance: Span<Float>, search: AffineSearch) -> GridRow {
    var block = WeightedBlock()
    var row = GridRow(scales: [Float](repeating: 0, count: weights.count / columnsPerBlock))
    for index in 0..<row.scales.count {
      let start = index * columnsPerBlock
      guard block.load(weights, importance: importance, from: start, count: columnsPerBlock) else {
        continue
      }
      let range = 0..<block.paddedCount
      let x = block.x.span.extracting(range)
      let errorWeights = block.errorWeights.span.extracting(range)
      let best = search.fit(x, weights: errorWeights, bias: BiasPenalty(x, errorWeights))
      row.scales[index] = HalfPrecision.scale(best.scale * block.unit)
      row.offsets[index] = HalfPrecision.finite(best.offset * block.unit)
    }
    return row
  }
}
