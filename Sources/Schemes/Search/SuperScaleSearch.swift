/// Finds the factor under which a block's scales are rounded to small integers.
struct SuperScaleSearch {
  /// The integers that a scale may have.
  let codes: ClosedRange<Int>

  /// The factor d with the smallest Σ weight · (scale − d · code)² found, 0 where all scales are zero.
  ///
  /// The largest scale is placed at the outermost code and at sixteen places up to a quarter below it: a shorter table
  /// with luckier roundings often wins.
  func fit(_ scales: borrowing InlineArray<16, Float>, weights: borrowing InlineArray<16, Float>, count: Int) -> Float {
    var largest: Float = 0
    for index in 0..<count where abs(scales[index]) > abs(largest) { largest = scales[index] }
    guard largest != 0 else { return 0 }
    let outermost = Float(codes.lowerBound < 0 ? codes.lowerBound : codes.upperBound)
    var inverse = Lanes()
    for lane in 0..<16 {
      inverse[lane] = outermost * (1.01 - 0.25 * Float(lane) / 15) / largest
    }
    let low = Lanes(repeating: Float(codes.lowerBound))
    let high = Lanes(repeating: Float(codes.upperBound))
    var cc = Lanes()
    var cx = Lanes()
    for index in 0..<count {
      let code = (inverse * scales[index]).limited(low, high).roundedToEven()
      let weighted = code * weights[index]
      cc.addProduct(weighted, code)
      cx.addProduct(weighted, Lanes(repeating: scales[index]))
    }
    let factor = cx / cc
    var score = factor * cx
    score.replace(with: 0, where: .!(cc .> 0))
    let lane = (-score).indexOfSmallest()
    return score[lane] > 0 ? factor[lane] : largest / outermost
  }

  /// The integer nearest to `scale / factor` that a scale may have.
  func code(_ scale: Float, under factor: Float) -> Float {
    guard factor != 0 else { return 0 }
    let code = (scale / factor).rounded(.toNearestOrEven)
    return max(Float(codes.lowerBound), min(Float(codes.upperBound), code))
  }
}
