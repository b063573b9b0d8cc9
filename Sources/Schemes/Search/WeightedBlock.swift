/// One block of weights as the scale searches see it: scaled to a largest magnitude in 1..<2, so that no square of a
/// very large or very small weight leaves the range of Float, and with the weight that each squared error has.
///
/// That weight is the column's importance and nothing else. Weighing errors of large weights more, as ggml does, lowers
/// the same bias that `BiasPenalty` is about, and not as well.
struct WeightedBlock {
  /// `[count]`: weights divided by `unit`. What follows `count` is left over from earlier blocks.
  private(set) var x = [Float](repeating: 0, count: 256)
  /// `[count]`: positive, with a mean near 1.
  private(set) var errorWeights = [Float](repeating: 0, count: 256)
  private(set) var count = 0
  /// A power of two.
  private(set) var unit: Float = 1

  /// Loads `weights[start..<start + count]`, where `count` is a multiple of 16 and at most 256.
  ///
  /// - Returns: false where all weights are zero and there is nothing to search.
  mutating func load(_ weights: Span<Float>, importance: Span<Float>, from start: Int, count: Int) -> Bool {
    precondition(count <= 256 && count % 16 == 0 && start + count <= weights.count && start + count <= importance.count)
    self.count = count
    var largest = Lanes()
    var importanceSum = Lanes()
    for index in stride(from: start, to: start + count, by: 16) {
      let values = Lanes(weights, at: index)
      let negated = -values
      largest.replace(with: values, where: values .> largest)
      largest.replace(with: negated, where: negated .> largest)
      importanceSum += Lanes(importance, at: index)
    }
    var magnitude: Float = 0
    for lane in 0..<16 where largest[lane] > magnitude { magnitude = largest[lane] }
    guard magnitude > 0 else { return false }
    unit = max(.leastNormalMagnitude, Float(sign: .plus, exponent: magnitude.exponent, significand: 1))

    let scale = 1 / unit
    let mean = importanceSum.sum() / Float(count)
    // Columns without any importance keep a little, so that they too are rounded sensibly; where no column has any, all
    // count alike.
    let factor = mean > .leastNormalMagnitude && mean.isFinite ? 1 / mean : 0
    let floor: Float = factor > 0 ? 1e-6 : 1
    var scaled = x.mutableSpan
    for index in 0..<count { scaled[unchecked: index] = weights[unchecked: start + index] * scale }
    var relative = errorWeights.mutableSpan
    for index in 0..<count { relative[unchecked: index] = importance[unchecked: start + index] * factor + floor }
    return true
  }

  /// The half-precision scale nearest to `value`, in units of the scaled weights.
  func halfScale(_ value: Float) -> Float {
    HalfPrecision.scale(value * unit) / unit
  }

  /// The half-precision offset nearest to `value`, in units of the scaled weights.
  func halfOffset(_ value: Float) -> Float {
    HalfPrecision.finite(value * unit) / unit
  }
}
