/// A scale and an offset: `value = scale · code − offset`.
struct AffineParameters {
  var scale: Float
  var offset: Float
}

/// Finds a scale and an offset for one group of weights under codes 0…top.
struct AffineSearch {
  /// The largest code.
  let top: Int
  /// Whether the offset may be negative, so that no code stands for zero.
  let allowsNegativeOffset: Bool
  /// Into how many steps candidates divide the range of the group, sixteen at a time.
  let steps: [Lanes]
  /// Whether candidates with more steps than codes give up a share of both ends of the range, not of the upper one alone.
  private(set) var cutsBothEnds = false
  /// How often each candidate rounds to its own best scale and offset again.
  var refinements = 1

  /// - Parameters:
  ///   - top: the largest code.
  ///   - reach: how many steps more or fewer than `top` are tried.
  ///   - batches: how many times sixteen candidates.
  init(top: Int, allowsNegativeOffset: Bool, reach: Float = 0.9, batches: Int = 1) {
    self.top = top
    self.allowsNegativeOffset = allowsNegativeOffset
    steps = (0..<batches).map { batch in
      var lanes = Lanes()
      for lane in 0..<16 {
        let position = Float(lane * batches + batch) / Float(16 * batches - 1)
        lanes[lane] = Float(top) + reach * (2 * position - 1)
      }
      return lanes
    }
  }

  /// A search whose candidates cover given shares of the range.
  init(top: Int, shrinkage: Shrinkage) {
    self.top = top
    allowsNegativeOffset = true
    cutsBothEnds = true
    refinements = 2
    steps = shrinkage.lanes.map { Float(top) / $0 }
  }

  /// The scale and offset with the smallest weighted squared error found, bias penalised.
  ///
  /// The divisions of the group's range into steps that are tried have a little fewer to a little more steps than there
  /// are codes. Each gives codes, these give the best scale and offset in closed form (a weighted linear
  /// regression of the weights on the codes), and those give codes again.
  /// - Parameters:
  ///   - x: `[columns]`, a multiple of 16.
  ///   - weights: `[columns]`, positive.
  func fit(_ x: Span<Float>, weights: Span<Float>, bias: BiasPenalty) -> AffineParameters {
    let (lowest, high) = Lanes.extremes(of: x)
    let low = allowsNegativeOffset ? lowest : min(lowest, 0)
    guard high > low else { return AffineParameters(scale: 0, offset: -low) }

    let totals = Totals(x, weights)
    let step = 1 / (high - low)
    var best = AffineParameters(scale: (high - low) / Float(top), offset: -low)
    var smallest = Float.infinity
    for steps in steps {
      var inverse = steps * step
      var minimum = Lanes(repeating: low)
      if cutsBothEnds { minimum += cuts(steps, low: low, high: high) }
      for _ in 0...refinements {
        let candidates = solve(x, weights, totals, bias, inverse: inverse, minimum: minimum)
        let lane = candidates.error.indexOfSmallest()
        if candidates.error[lane] < smallest {
          smallest = candidates.error[lane]
          best = AffineParameters(scale: candidates.scale[lane], offset: -candidates.minimum[lane])
        }
        inverse = 1 / candidates.scale
        minimum = candidates.minimum
      }
    }
    return best
  }

  /// How far above the lowest weight each candidate begins: in even lanes such that it loses as much at one end as at the
  /// other, in odd lanes such that it shrinks towards zero.
  private func cuts(_ steps: Lanes, low: Float, high: Float) -> Lanes {
    let lost = 1 - Float(top) / steps
    var centre = Lanes(repeating: 0.5 * (high - low))
    for lane in stride(from: 1, to: 16, by: 2) { centre[lane] = -low }
    return lost * centre
  }

  /// Sums over a group that do not depend on codes.
  private struct Totals {
    var weight: Float = 0
    var x: Float = 0
    var xx: Float = 0

    init(_ values: Span<Float>, _ weights: Span<Float>) {
      var weightSum = Lanes()
      var xSum = Lanes()
      var xxSum = Lanes()
      for index in stride(from: 0, to: values.count, by: 16) {
        let value = Lanes(values, at: index)
        let weight = Lanes(weights, at: index)
        weightSum += weight
        xSum += weight * value
        xxSum += weight * value * value
      }
      weight = weightSum.sum()
      x = xSum.sum()
      xx = xxSum.sum()
    }
  }

  /// In each lane, a scale, a minimum (the offset negated) and the error that they leave.
  private struct Candidates {
    var scale: Lanes
    var minimum: Lanes
    var error: Lanes
  }

  /// Rounds under each lane's step and minimum, and solves for the best scale and minimum under those codes.
  @inline(__always)
  private func solve(
    _ x: Span<Float>, _ weights: Span<Float>, _ totals: Totals, _ bias: BiasPenalty, inverse: Lanes, minimum: Lanes
  ) -> Candidates {
    let highest = Lanes(repeating: Float(top))
    let shift = -minimum * inverse
    var q1 = Lanes()
    var q2 = Lanes()
    var qx = Lanes()
    for index in 0..<x.count {
      let value = x[unchecked: index]
      let weight = weights[unchecked: index]
      let code = shift.addingProduct(inverse, Lanes(repeating: value)).limited(Lanes(), highest).roundedToEven()
      let weighted = code * weight
      q1 += weighted
      q2.addProduct(weighted, code)
      qx.addProduct(weighted, Lanes(repeating: value))
    }
    // The penalty on the bias only adds to the sums: its square has the same form as the terms of the error.
    let weight = totals.weight + bias.factor * totals.x * totals.x
    let x1 = totals.x * (1 + bias.strength)
    q1 += bias.factor * totals.x * qx
    q2 += bias.factor * qx * qx
    qx *= 1 + bias.strength
    let determinant = weight * q2 - q1 * q1
    var scale = (weight * qx - x1 * q1) / determinant
    var minimum = (x1 * q2 - q1 * qx) / determinant
    if !allowsNegativeOffset {
      let positive = minimum .> 0
      minimum.replace(with: 0, where: positive)
      scale.replace(with: qx / q2, where: positive)
    }
    // Σ w (scale · q + minimum − x)², multiplied out.
    var error = scale * (scale * q2 + 2 * minimum * q1 - 2 * qx)
    error += minimum * (minimum * weight - 2 * x1)
    error += totals.xx * (1 + bias.strength)
    // One code for all, or a scale that points the wrong way: no candidate.
    error.replace(with: .infinity, where: .!(determinant .> 0) .| .!(scale .> 0))
    return Candidates(scale: scale, minimum: minimum, error: error)
  }
}
