/// What the ternary formats share: −1, 0 and 1 under one half-precision scale for 256 weights.
enum Ternary {
  static let levels = Levels.uniform(lowest: -1, count: 3)

  /// Scales from the largest weight, which is right for weights that are ternary already, down to a twelfth of it.
  static func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    var places = Lanes()
    var place: Float = 1
    for lane in 0..<16 {
      places[lane] = place
      place *= 1.18
    }
    let search = SymmetricSearch(rounding: IntegerRounding(-1...1), places: [places], refinements: 2)
    var block = WeightedBlock()
    var scales = [Float](repeating: 0, count: weights.count / 256)
    for index in 0..<scales.count {
      guard block.load(weights, importance: importance, from: index * 256, count: 256) else { continue }
      let bias = BiasPenalty(block.x.span, block.errorWeights.span)
      let scale = search.fit(block.x.span, weights: block.errorWeights.span, bias: bias)
      scales[index] = HalfPrecision.scale(abs(scale) * block.unit)
    }
    return GridRow(scales: scales)
  }
}
