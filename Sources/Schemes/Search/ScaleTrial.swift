/// Chooses among given scales where only few exist.
struct ScaleTrial<Rounding: LevelRounding> {
  let rounding: Rounding

  /// The lane whose scale leaves the smallest weighted squared error under nearest levels.
  func best(of scales: Lanes, _ x: Span<Float>, weights: Span<Float>) -> Int {
    var inverses = 1 / scales
    inverses.replace(with: 0, where: scales .== 0)
    var errors = Lanes()
    for index in 0..<x.count {
      let value = x[unchecked: index]
      let level = rounding.nearest(inverses * value)
      let difference = Lanes(repeating: -value).addingProduct(scales, level)
      errors.addProduct(difference * difference, Lanes(repeating: weights[unchecked: index]))
    }
    return errors.indexOfSmallest()
  }
}
