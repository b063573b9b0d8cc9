/// Weighted sums over one group under the codes nearest to its weights.
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

  /// Sums for codes 0…top under `value = scale · code − offset`.
  init(_ values: Span<Float>, _ weights: Span<Float>, scale: Float, offset: Float, top: Int) {
    let inverse = scale > 0 ? 1 / scale : 0
    self.init(values, weights, inverse: inverse, shift: offset * inverse, rounding: IntegerRounding(0...top))
  }

  /// Sums for the levels nearest to `inverse · x + shift`.
  @inline(__always)
  init(
    _ values: Span<Float>, _ weights: Span<Float>, inverse: Float, shift: Float, rounding: some LevelRounding
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
    weight = weightSum.sum()
    x = xSum.sum()
    q = qSum.sum()
    qq = qqSum.sum()
    qx = qxSum.sum()
    penaliseBias(BiasPenalty(values, weights).factor)
  }

  /// Makes the sums those of the error with its penalty on bias.
  private mutating func penaliseBias(_ factor: Float) {
    weight += factor * x * x
    q += factor * x * qx
    qq += factor * qx * qx
    x *= 1 + BiasPenalty.weight
    qx *= 1 + BiasPenalty.weight
  }
}
