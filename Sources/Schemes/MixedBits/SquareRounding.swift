/// Rounds the scales of one group, which were fitted row by row, to squares under a factor that all rows share.
///
/// A scale that is too large rounds more coarsely, one that is too small cuts off the largest weights: with many bits far more
/// is lost by the second.
struct SquareRounding {
  /// Half the number of codes.
  private let middle: Double
  private let columns: Double

  /// - Parameters:
  ///   - bits: of a code.
  ///   - columns: that share a scale.
  init(bits: Int, columns: Int) {
    middle = Double(1 << (bits - 1))
    self.columns = Double(columns)
  }

  /// The factor under which all scales together lose least: the largest scale is the largest square, or a little more or less.
  func factor(_ scales: [Float]) -> Float {
    let largest = scales.max() ?? 0
    guard largest > 0 else { return 0 }
    var best = (loss: Double.infinity, factor: Float(0))
    for step in 0..<32 {
      let wish = largest / 256 * (1.08 - 0.01 * Float(step))
      let factor = Float(Float16(max(wish, Float(Float16.leastNonzeroMagnitude))))
      // The largest square must have a scale that half precision holds.
      guard factor * 256 <= Float(Float16.greatestFiniteMagnitude) else { continue }
      let loss = scales.reduce(0.0) { $0 + self.loss(EXL2Scheme.scale(root($1, factor), factor), for: $1) }
      if loss < best.loss { best = (loss, factor) }
    }
    return best.factor
  }

  /// The root of 1 to 16 under which a scale loses least.
  func root(_ scale: Float, _ factor: Float) -> Int {
    let roots = EXL2Scheme.roots
    guard factor > 0, scale > 0 else { return roots.lowerBound }
    let middle = max(roots.lowerBound, min(roots.upperBound, Int(min(scale / factor, 256).squareRoot().rounded())))
    let near = [middle, middle - 1, middle + 1].filter(roots.contains)
    return near.min {
      loss(EXL2Scheme.scale($0, factor), for: scale) < loss(EXL2Scheme.scale($1, factor), for: scale)
    } ?? middle
  }

  /// The squared error of a group whose scale is stored as another, in units of what a column loses by rounding: all columns
  /// by the stored scale, and the largest weight by what is cut off.
  private func loss(_ stored: Float, for scale: Float) -> Double {
    let square = Double(stored) * Double(stored)
    guard stored < scale else { return square }
    let cut = Double(scale - stored) * middle
    return square + 12 * cut * cut / columns
  }
}
