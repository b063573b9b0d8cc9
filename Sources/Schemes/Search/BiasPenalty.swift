/// What a fit pays for values that are smaller (or larger) than their weights on the whole.
///
/// The best scale by squared error makes values too small by as much as it leaves error: Σ w x (value − x) =
/// −Σ w (value − x)². Unlike rounding errors, which mostly cancel in a layer's outputs, this shrinks every output, and
/// it adds up over layers. So fits minimise Σ w e² + weight · (Σ w x e)² / Σ w x², where e = value − x, which takes away
/// most of the bias for a relative increase of the squared error by about itself: nothing at four bits, a few percent
/// at two, where it lowers the divergence of the model by a tenth.
struct BiasPenalty {
  /// How many times as much as an independent error of the same square the common one counts.
  static let weight: Float = 4

  /// `weight` / Σ w x², or 0 where that is 0.
  let factor: Float

  init(_ x: Span<Float>, _ weights: Span<Float>) {
    var sums = Lanes()
    for index in stride(from: 0, to: x.count, by: 16) {
      let value = Lanes(x, at: index)
      sums += value * value * Lanes(weights, at: index)
    }
    self.init(squares: sums.sum())
  }

  /// - Parameter squares: Σ w x².
  init(squares: Float) {
    factor = squares > 0 ? Self.weight / squares : 0
  }
}
