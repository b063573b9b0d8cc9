/// Weighted sums over one group under the levels nearest to its weights.
struct GroupSums {
  /// Σ w
  var weight: Float = 0
  /// Σ w x
  var x: Float = 0
  /// Σ w q
  var q: Float = 0
  /// Σ w q²
  var qq: Float = 0
  /// Σ w q x
  var qx: Float = 0

  init() {}

  /// Sums for the levels nearest to `inverse · x + shift`, with what `bias` adds to them: the square of a bias has the
  /// same form as the terms of a squared error.
  @inline(__always)
  init<Rounding: LevelRounding>(
    _ values: Span<Float>, _ weights: Span<Float>, inverse: Float, shift: Float, rounding: Rounding, bias: BiasPenalty
  ) {
    var weightSum = Lanes()
    var xSum = Lanes()
    var qSum = Lanes()
    var qqSum = Lanes()
    var qxSum = Lanes()
    for index in stride(from: 0, to: values.count, by: 16) {
      let value = Lanes(values, at: index)
      let weight = Lanes(weights, at: index)
      let level = rounding.nearest(value * inverse + shift)
      let weighted = weight * level
      weightSum += weight
      xSum += weight * value
      qSum += weighted
      qqSum.addProduct(weighted, level)
      qxSum.addProduct(weighted, value)
    }
    let x1 = xSum.sum()
    let qx1 = qxSum.sum()
    weight = weightSum.sum() + bias.factor * x1 * x1
    q = qSum.sum() + bias.factor * x1 * qx1
    qq = qqSum.sum() + bias.factor * qx1 * qx1
    x = x1 * (1 + bias.strength)
    qx = qx1 * (1 + bias.strength)
  }
}
