/// Finds a scale and an integer zero point for one group of weights: `value = scale · (code − zero)`, codes 0…top.
///
/// A zero point that is not free costs more than its rounding seems to say: the best scale differs from one zero point to
/// the next. So zero points are tried one by one, each with scales of its own.
struct ZeroPointSearch {
  /// The largest code.
  let top: Int
  /// The shares of the group's range that are tried.
  let shrinkage: Shrinkage
  /// What a group would take without the rounding: a second place to search around.
  private let free: AffineSearch

  /// How far from where rounding puts it the zero point may move.
  private static let reach = 2

  init(top: Int, shrinkage: Shrinkage) {
    self.top = top
    self.shrinkage = shrinkage
    free = AffineSearch(top: top, shrinkage: shrinkage)
  }

  /// The scale and zero point, 1…top, with the smallest weighted squared error found, bias penalised.
  ///
  /// - Parameters:
  ///   - x: `[columns]`, a multiple of 16, not all zero.
  ///   - weights: `[columns]`, positive, or zero where `x` is.
  func fit(_ x: Span<Float>, weights: Span<Float>, bias: BiasPenalty) -> (scale: Float, zero: Int) {
    let extremes = Lanes.extremes(of: x)
    let low = min(extremes.low, 0)
    let range = max(extremes.high, 0) - low
    var best = Best(zero: limited((-low / range * Float(top)).rounded(.toNearestOrEven)))
    best.scale = range / Float(top)
    for step in -1...1 {
      let zero = limited(Float(best.first + step))
      for shares in shrinkage.lanes {
        best.improve(
          top, x, weights, bias, inverse: Float(top) / (shares * range), zeros: Lanes(repeating: Float(zero)))
      }
    }
    let unrounded = free.fit(x, weights: weights, bias: bias)
    if unrounded.scale > 0 {
      let middle = (unrounded.offset / unrounded.scale).rounded(.toNearestOrEven)
      var zeros = Lanes()
      var inverse = Lanes()
      for lane in 0..<16 {
        // Five zero points with three scales each, and the middle once more.
        zeros[lane] = Float(limited(middle + Float(lane < 15 ? lane % 5 - Self.reach : 0)))
        inverse[lane] = (lane < 15 ? 0.94 + 0.06 * Float(lane / 5) : 0.88) / unrounded.scale
      }
      best.improve(top, x, weights, bias, inverse: inverse, zeros: zeros)
    }
    return (best.scale, best.zero)
  }

  /// The zero point nearest to a number.
  private func limited(_ zero: Float) -> Int {
    Int(max(1, min(Float(top), zero)))
  }

  /// The best candidate so far.
  private struct Best {
    /// Where rounding puts the zero point.
    let first: Int
    var zero: Int
    var scale: Float = 0
    var score: Float = 0

    init(zero: Int) {
      first = zero
      self.zero = zero
    }

    /// Tries sixteen scales and zero points, and the scales that their codes lead to.
    mutating func improve(
      _ top: Int, _ x: Span<Float>, _ weights: Span<Float>, _ bias: BiasPenalty, inverse: Lanes, zeros: Lanes
    ) {
      let search = SymmetricSearch(rounding: IntegerRounding(zeros: zeros, count: top + 1), places: [])
      var inverse = inverse
      for _ in 0...1 {
        let (scale, score) = search.solve(x, weights, bias, inverse: inverse)
        let lane = (-score).indexOfSmallest()
        if score[lane] > self.score, scale[lane] > 0 {
          self.score = score[lane]
          self.scale = scale[lane]
          zero = Int(zeros[lane])
        }
        inverse = 1 / scale
      }
    }
  }
}
