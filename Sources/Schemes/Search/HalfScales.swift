/// Fits rows whose groups are whole blocks with one half-precision scale each.
struct HalfScales {
  let columnsPerBlock: Int

  /// Scales for every block, each searched by itself; the spread is the mean square of the row.
  func fit<Rounding>(
    _ weights: Span<Float>, importance: Span<Float>, search: SymmetricSearch<Rounding>
  ) -> GridRow {
    let spread = WeightedBlock.Spread.ofRow(meanSquare: meanSquare(weights))
    var block = WeightedBlock()
    var scales = [Float](repeating: 0, count: weights.count / columnsPerBlock)
    for index in 0..<scales.count {
      let start = index * columnsPerBlock
      guard block.load(weights, importance: importance, from: start, count: columnsPerBlock, spread: spread) else {
        continue
      }
      let range = 0..<columnsPerBlock
      let scale = search.fit(block.x.span.extracting(range), weights: block.errorWeights.span.extracting(range))
      scales[index] = HalfPrecision.scale(scale * block.unit)
    }
    return GridRow(scales: scales)
  }
}

/// The mean of the squares of `values`, in double precision: no Float overflows it.
func meanSquare(_ values: Span<Float>) -> Double {
  var sums = SIMD8<Double>()
  var index = 0
  while index + 8 <= values.count {
    for lane in 0..<8 {
      let value = Double(values[unchecked: index + lane])
      sums[lane] += value * value
    }
    index += 8
  }
  var sum = sums.sum()
  while index < values.count {
    sum += Double(values[index]) * Double(values[index])
    index += 1
  }
  return sum / Double(max(1, values.count))
}
