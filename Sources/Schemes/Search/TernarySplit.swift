/// The best scale of a group whose levels are −1, 0 and 1, all shifted by one number, if every run of levels could be coded.
///
/// In the order of their values, weights of one level stand together. So all pairs of places are tried at which the lowest level ends
/// and at which the highest begins; sums up to a place are known.
package struct TernarySplit {
  private static let most = 32
  private static let lanes = Eight(0, 1, 2, 3, 4, 5, 6, 7)
  /// Σ w and Σ w x of the weights before each place, in the order of their values; then infinity, of which nothing
  /// good comes.
  private var weights = InlineArray<5, Eight>(repeating: Eight(repeating: .infinity))
  private var products = InlineArray<5, Eight>(repeating: Eight())
  private let count: Int

  /// - Parameters:
  ///   - x: at most 32 weights.
  ///   - w: what their squared errors count.
  package init(_ x: Span<Float>, _ w: Span<Float>) {
    count = x.count
    precondition(count <= Self.most && w.count == count, "a group of at most \(Self.most) columns")
    var sorted = InlineArray<32, Float>(repeating: 0)
    var own = InlineArray<32, Float>(repeating: 0)
    for index in 0..<count {
      let (value, weight) = (x[index], w[index])
      var place = index
      while place > 0, sorted[place - 1] > value {
        sorted[place] = sorted[place - 1]
        own[place] = own[place - 1]
        place -= 1
      }
      sorted[place] = value
      own[place] = weight
    }
    weights[0][0] = 0
    var (weight, product): (Float, Float) = (0, 0)
    for place in 0..<count {
      weight += own[place]
      product += own[place] * sorted[place]
      weights[(place + 1) / 8][(place + 1) % 8] = weight
      products[(place + 1) / 8][(place + 1) % 8] = product
    }
  }

  /// Σ w q² and Σ w q x for the levels q = shift − 1, shift and shift + 1 that leave the least at their best scale, which is above
  /// zero; nil where nothing has one.
  package func best(shift: Float) -> (qq: Float, qx: Float)? {
    let high = shift + 1
    let (allQQ, allQX) = (weights[count / 8][count % 8] * high * high, products[count / 8][count % 8] * high)
    var best = Best()
    let (toLow, toHigh) = (1 - 2 * shift, 1 + 2 * shift)
    for first in 0..<count {
      let qq = allQQ + weights[first / 8][first % 8] * toLow
      let qx = allQX - products[first / 8][first % 8]
      let isBefore = Self.lanes .< Float(first % 8)
      let rest = weights[first / 8].replacing(with: .infinity, where: isBefore)
      best.consider(qq - rest * toHigh, qx - products[first / 8])
      for eighth in first / 8 + 1..<(count + 7) / 8 {
        best.consider(qq - weights[eighth] * toHigh, qx - products[eighth])
      }
    }
    // No weight has the highest level.
    let (lowQQ, lowQX) = (allQQ - weights[count / 8][count % 8] * toHigh, allQX - products[count / 8][count % 8])
    for eighth in 0...count / 8 { best.consider(lowQQ + weights[eighth] * toLow, lowQX - products[eighth]) }
    return best.ofAllLanes
  }

  /// Of each lane the sums by now whose qx² / qq is the largest.
  private struct Best {
    private var qq = Eight(repeating: 1)
    private var qx = Eight()
    private var qxSquared = Eight()

    @inline(__always) mutating func consider(_ otherQQ: Eight, _ otherQX: Eight) {
      let otherSquared = otherQX * otherQX
      let isBetter = (otherSquared * qq .> qxSquared * otherQQ) .& (otherQQ .> 0) .& (otherQX .> 0)
      qq.replace(with: otherQQ, where: isBetter)
      qx.replace(with: otherQX, where: isBetter)
      qxSquared.replace(with: otherSquared, where: isBetter)
    }

    var ofAllLanes: (qq: Float, qx: Float)? {
      var best: (lane: Int?, score: Float) = (nil, 0)
      for lane in 0..<8 where qxSquared[lane] / qq[lane] > best.score { best = (lane, qxSquared[lane] / qq[lane]) }
      return best.lane.map { (qq[$0], qx[$0]) }
    }
  }
}
