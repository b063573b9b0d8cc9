/// One block of weights as the scale searches see it: scaled to a largest magnitude in 1..<2, so that no square of a
/// very large or very small weight leaves the range of Float, and with the weight that each squared error has.
///
/// That weight is the column's importance and nothing else. Weighing errors of large weights more, as ggml does, lowers
/// the same bias that `BiasPenalty` is about, and not as well.
struct WeightedBlock {
  /// `[paddedCount]`: weights divided by `unit`, then zeros. What follows is left over from earlier blocks.
  private(set) var x = [Float](repeating: 0, count: 256)
  /// `[paddedCount]`: positive, with a mean near 1, then zeros.
  private(set) var errorWeights = [Float](repeating: 0, count: 256)
  private(set) var count = 0
  /// A power of two.
  private(set) var unit: Float = 1

  /// `count` filled up to a multiple of 16 with weights that are zero and count for nothing.
  var paddedCount: Int { (count + 15) / 16 * 16 }

  /// Loads `weights[start..<start + count]`.
  ///
  /// - Returns: false where all weights are zero and there is nothing to search.
  mutating func load(_ weights: Span<Float>, importance: Span<Float>, from start: Int, count: Int) -> Bool {
    precondition(start >= 0 && count > 0 && start + count <= min(weights.count, importance.count))
    self.count = count
    if x.count < paddedCount {
      x = [Float](repeating: 0, count: paddedCount)
      errorWeights = x
    }
    Self.copy(weights, from: start, count: count, to: &x)
    Self.copy(importance, from: start, count: count, to: &errorWeights)
    return normalize()
  }

  /// Copies `count` numbers and fills them up with zeros to a multiple of 16.
  private static func copy(_ source: Span<Float>, from start: Int, count: Int, to target: inout [Float]) {
    let padded = (count + 15) / 16 * 16
    precondition(target.count >= padded)
    var target = target.mutableSpan
    for index in 0..<count { target[unchecked: index] = source[unchecked: start + index] }
    for index in count..<padded { target[unchecked: index] = 0 }
  }

  /// Brings the loaded numbers to their units.
  private mutating func normalize() -> Bool {
    var largest = Lanes()
    var importanceSum = Lanes()
    for index in stride(from: 0, to: paddedCount, by: 16) {
      let values = Lanes(x.span, at: index)
      let negated = -values
      largest.replace(with: values, where: values .> largest)
      largest.replace(with: negated, where: negated .> largest)
      importanceSum += Lanes(errorWeights.span, at: index)
    }
    var magnitude: Float = 0
    for lane in 0..<16 where largest[lane] > magnitude { magnitude = largest[lane] }
    guard magnitude > 0 else { return false }
    unit = max(.leastNormalMagnitude, Float(sign: .plus, exponent: magnitude.exponent, significand: 1))

    let count = count
    let scale = 1 / unit
    let mean = importanceSum.sum() / Float(count)
    // Columns without any importance keep a little, so that they too are rounded sensibly; where no column has any, all
    // count alike.
    let factor = mean > .leastNormalMagnitude && mean.isFinite ? 1 / mean : 0
    let floor: Float = factor > 0 ? 1e-6 : 1
    var scaled = x.mutableSpan
    for index in 0..<count { scaled[unchecked: index] *= scale }
    var relative = errorWeights.mutableSpan
    for index in 0..<count { relative[unchecked: index] = relative[unchecked: index] * factor + floor }
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
