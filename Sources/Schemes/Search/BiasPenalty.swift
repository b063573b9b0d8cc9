/// What a fit pays for values that are smaller (or larger) than their weights on the whole.
///
/// The best scale by squared error makes values too small by as much as it leaves error: Σ w x e = −Σ w e², where
/// e = value − x. Unlike rounding errors, which mostly cancel in a layer's outputs, this shrinks every output, and it
/// adds up over layers. So fits minimise Σ w e² + strength · (Σ w x e)² / Σ w x². That takes away most of the bias for a
/// relative increase of the squared error by less than itself: nothing at four bits, a few percent at two, where it
/// lowers the divergence of a model by a fifth and more.
struct BiasPenalty {
  /// How many times as much as independent errors of the same square a common one counts.
  ///
  /// Mean divergence of a model of 6 million weights in q2_k, at strength 0, 5 and 8: 0.0136, 0.0111 and 0.0115 solved
  /// by GPTQ; at 0 and 5, 0.0377 and 0.0276 rounded. In q3_k_m, solved, 0.00249 and 0.00236.
  static let fullStrength: Float = 5

  /// Less than `fullStrength` where few weights make up most of Σ w x²: there is little in common then.
  private(set) var strength: Float = 0
  /// `strength` / Σ w x², or 0 where that is 0.
  private(set) var factor: Float = 0

  init() {}

  /// The penalty for one group.
  init(_ x: Span<Float>, _ weights: Span<Float>) {
    var sums = Lanes()
    var sumsOfSquares = Lanes()
    for index in stride(from: 0, to: x.count, by: 16) {
      let value = Lanes(x, at: index)
      let square = value * value * Lanes(weights, at: index)
      sums += square
      sumsOfSquares += square * square
    }
    let sum = sums.sum()
    guard sum > 0, sum * sum > 0 else { return }
    strength = Self.fullStrength * (1 - min(1, sumsOfSquares.sum() / (sum * sum)))
    factor = strength / sum
  }
}
