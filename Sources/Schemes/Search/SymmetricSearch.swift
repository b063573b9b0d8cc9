/// Finds a scale for one group of weights under levels that are the same for all groups: `value = scale · level`.
struct SymmetricSearch<Rounding: LevelRounding> {
  let rounding: Rounding
  /// Where candidates place the largest weight, in levels: negative places turn the scale around.
  let places: [Lanes]
  /// Whether a scale may be negative, so that the level of the largest weight is one of either end.
  var allowsNegativeScale = true
  /// How often each candidate rounds to its own best scale again.
  var refinements = 1

  /// The scale with the smallest weighted squared error found, 0 for a group of zeros.
  ///
  /// Each place of the largest weight is a scale; it gives codes, these the best scale in closed form, and that gives
  /// codes again.
  /// - Parameters:
  ///   - x: `[columns]`, a multiple of 16.
  ///   - weights: `[columns]`, positive.
  func fit(_ x: Span<Float>, weights: Span<Float>, bias: BiasPenalty) -> Float {
    let (low, high) = Lanes.extremes(of: x)
    let largest = -low > high ? (allowsNegativeScale ? low : -low) : high
    guard largest != 0 else { return 0 }
    var bestScale: Float = 0
    var bestScore: Float = 0
    for place in places {
      var inverse = place / largest
      for _ in 0...refinements {
        let (scale, score) = solve(x, weights, bias, inverse: inverse)
        let lane = (-score).indexOfSmallest()
        if score[lane] > bestScore {
          bestScore = score[lane]
          bestScale = scale[lane]
        }
        inverse = 1 / scale
      }
    }
    return bestScale
  }

  /// Rounds under each lane's inverse scale and solves for the best scale under those codes. The score is by how much
  /// the scale lowers the error of all zeros.
  @inline(__always)
  func solve(
    _ x: Span<Float>, _ weights: Span<Float>, _ bias: BiasPenalty, inverse: Lanes
  ) -> (scale: Lanes, score: Lanes) {
    var qq = Lanes()
    var qx = Lanes()
    for index in 0..<x.count {
      let value = x[unchecked: index]
      let level = rounding.nearest(inverse * value)
      let weighted = level * weights[unchecked: index]
      qq.addProduct(weighted, level)
      qx.addProduct(weighted, Lanes(repeating: value))
    }
    qq += bias.factor * qx * qx
    qx *= 1 + bias.strength
    let scale = qx / qq
    var score = scale * qx
    score.replace(with: 0, where: .!(qq .> 0))
    return (scale, score)
  }
}

/// Sixteen places from `level - reach` to `level + reach`.
func places(around level: Float, reach: Float) -> Lanes {
  var result = Lanes()
  for lane in 0..<16 { result[lane] = level + reach * (Float(lane) - 7.5) / 7.5 }
  return result
}
