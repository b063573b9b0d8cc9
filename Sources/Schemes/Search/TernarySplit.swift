/// The best scale of a group whose levels are −1, 0 and 1, all shifted by one number, if every run of levels could be coded.
///
/// In the order of their values, weights of one level stand together. So all pairs of places are tried at which the lowest level ends
/// and at which the highest begins; sums up to a place are known.
package struct TernarySplit {
  private static let most = 32
  /// Σ w and Σ w x of the weights before each place, in the order of their values; then zeros, which no place reaches.
  private var weights = InlineArray<5, Eight>(repeating: Eight())
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
    var best: (qq: Float, qx: Float, score: Float) = (0, 0, 0)
    for first in 0...count {
      let qq = allQQ + weights[first / 8][first % 8] * (1 - 2 * shift)
      let qx = allQX - products[first / 8][first % 8]
      for eighth in first / 8...count / 8 {
        let squares = qq - weights[eighth] * (1 + 2 * shift)
        let cross = qx - products[eighth]
        let isBetter = (cross * cross .> squares * best.score) .& (squares .> 0) .& (cross .> 0)
        guard any(isBetter) else { continue }
        for lane in 0..<8 where isBetter[lane] {
          let score = cross[lane] * cross[lane] / squares[lane]
          guard score > best.score, first...count ~= 8 * eighth + lane else { continue }
          best = (squares[lane], cross[lane], score)
        }
      }
    }
    return best.score > 0 ? (best.qq, best.qx) : nil
  }
}
