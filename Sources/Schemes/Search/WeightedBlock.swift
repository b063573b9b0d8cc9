/// One block of weights as the scale searches see it: scaled to a largest magnitude in 1..<2, so that no square of a
/// very large or very small weight leaves the range of Float, and with the weight that each squared error has.
struct WeightedBlock {
  /// How the importance of a column and the size of the weight in it make the weight of its squared error.
  ///
  /// With a spread σ², the error of weight w counts importance · √(σ² + w²): large weights count more, as in the
  /// quantization with an importance matrix that this format family is known for.
  enum Spread {
    /// Importance alone.
    case none
    /// σ² is this multiple of the mean square of the block.
    case ofBlock(times: Float)
    /// σ² is given: the mean square of the row.
    case ofRow(meanSquare: Double)
  }

  /// `[count]`: weights divided by `unit`. What follows `count` is left over from earlier blocks.
  private(set) var x = InlineArray<256, Float>(repeating: 0)
  /// `[count]`: positive, with a mean near 1.
  private(set) var errorWeights = InlineArray<256, Float>(repeating: 0)
  private(set) var count = 0
  /// A power of two.
  private(set) var unit: Float = 1

  /// Loads `weights[start..<start + count]`, where `count` is a multiple of 16 and at most 256.
  ///
  /// - Returns: false where all weights are zero and there is nothing to search.
  mutating func load(
    _ weights: Span<Float>, importance: Span<Float>, from start: Int, count: Int, spread: Spread
  ) -> Bool {
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
    var squares = Lanes()
    for index in stride(from: 0, to: count, by: 16) {
      let scaled = Lanes(weights, at: start + index) * scale
      squares += scaled * scaled
      for lane in 0..<16 { x[unchecked: index + lane] = scaled[lane] }
    }
    let curvature = Self.curvature(spread, meanSquare: squares.sum() / Float(count), unit: unit)
    weigh(importance, from: start, mean: importanceSum.sum() / Float(count), curvature: curvature)
    return true
  }

  /// 1 / σ² in units of the scaled weights; 0 for importance alone.
  private static func curvature(_ spread: Spread, meanSquare: Float, unit: Float) -> Float {
    switch spread {
    case .none: 0
    case .ofBlock(let times): 1 / (times * meanSquare)
    // A block far above the rest of its row would overflow; from here on its weights count in proportion to size.
    case .ofRow(let rowMean): Float(min(1e12, Double(unit) * Double(unit) / rowMean))
    }
  }

  /// Sets the weight of each error to importance / mean · √(1 + curvature · x²).
  ///
  /// Columns without any importance keep a little, so that they too are rounded sensibly; where no column has any, all
  /// count alike.
  private mutating func weigh(_ importance: Span<Float>, from start: Int, mean: Float, curvature: Float) {
    let factor = mean > .leastNormalMagnitude && mean.isFinite ? 1 / mean : 0
    let floor: Float = factor > 0 ? 1e-6 : 1
    for index in 0..<count {
      let value = x[unchecked: index]
      let relative = importance[unchecked: start + index] * factor + floor
      errorWeights[unchecked: index] = relative * (1 + curvature * value * value).squareRoot()
    }
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
