/// Rounds the scales of one group, which were fitted row by row, to the nearest squares under a factor that all rows share.
///
/// Rounding up where it would cut off a row's largest weights lowers the error of rounding to nearest at six bits, and made
/// solved models of two to four bits worse; the solver moves roots under the full Hessian anyway.
enum SquareRounding {
  /// The factor under which the squares are nearest to some scales: the largest scale is the largest square, or a little more
  /// or less.
  static func factor(_ scales: [Float]) -> Float {
    let largest = scales.max() ?? 0
    guard largest > 0 else { return 0 }
    var best = (error: Double.infinity, factor: Float(0))
    for step in 0..<32 {
      let target = largest / 256 * (1.08 - 0.01 * Float(step))
      let factor = Float(Float16(max(target, Float(Float16.leastNonzeroMagnitude))))
      // The largest square must have a scale that half precision holds.
      guard factor * 256 <= Float(Float16.greatestFiniteMagnitude) else { continue }
      let error = scales.reduce(0.0) { sum, scale in
        let difference = Double(scale - EXL2Scheme.scale(root(scale, factor), factor))
        return sum + difference * difference
      }
      if error < best.error { best = (error, factor) }
    }
    return best.factor
  }

  /// The root of 1 to 16 whose square is nearest to a scale.
  static func root(_ scale: Float, _ factor: Float) -> Int {
    let roots = EXL2Scheme.roots
    guard factor > 0, scale > 0 else { return roots.lowerBound }
    let middle = max(roots.lowerBound, min(roots.upperBound, Int(min(scale / factor, 256).squareRoot().rounded())))
    let near = [middle, middle - 1, middle + 1].filter(roots.contains)
    return near.min { abs(EXL2Scheme.scale($0, factor) - scale) < abs(EXL2Scheme.scale($1, factor) - scale) } ?? middle
  }
}
