/// What the uncertainty of a figure comes from.
enum Spread: Sendable {
  /// The figure of many samples drawn anew from the sequences: sorted, with one degree of freedom for each sequence
  /// less one for each corpus.
  case resampled(sorted: [Double], freedom: Int)
  /// A share of independent yes-or-no answers.
  case share(Int, of: Int)
  /// The change of a share when the same questions are asked again: how many answers went one way and the other.
  case change(up: Int, down: Int, of: Int)

  /// Standard error of the figure; nil where the sample is too small to tell.
  var standardError: Double? {
    switch self {
    case .resampled(let sorted, let freedom):
      guard freedom > 0 else { return nil }
      let count = Double(sorted.count)
      let mean = sorted.reduce(0, +) / count
      let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      // A sample drawn anew from n values varies by (n − 1) / n of what fresh ones would.
      return (variance * Double(freedom + 1) / Double(freedom)).squareRoot()
    case .share(let yes, let count):
      guard count > 0 else { return nil }
      let share = Double(yes) / Double(count)
      return (share * (1 - share) / Double(count)).squareRoot()
    case .change(let up, let down, let count):
      guard count > 0 else { return nil }
      return Self.errorOfChange(up: Double(up), down: Double(down), of: Double(count))
    }
  }

  /// The interval with a confidence between 0 and 1.
  func interval(confidence: Double) -> Interval? {
    switch self {
    case .resampled(let sorted, let freedom): Self.percentiles(sorted, freedom, confidence)
    case .share(let yes, let count): Self.wilson(yes, of: count, confidence)
    case .change(let up, let down, let count): Self.agrestiMin(up: up, down: down, of: count, confidence)
    }
  }

  /// Percentiles of the resampled figures, taken further out where sequences are few, so that the interval of a mean is
  /// as wide as Student's.
  ///
  /// Hesterberg, "What Teachers Should Know About the Bootstrap" (2015), section 5.3: the expanded percentile interval.
  private static func percentiles(_ sorted: [Double], _ freedom: Int, _ confidence: Double) -> Interval? {
    guard freedom > 0, !sorted.isEmpty else { return nil }
    let student = StudentDistribution(freedom: freedom).quantile((1 + confidence) / 2)
    let widened = student * (Double(freedom + 1) / Double(freedom)).squareRoot()
    let tail = NormalDistribution.probability(below: -widened)
    return Interval(low: quantile(sorted, tail), high: quantile(sorted, 1 - tail))
  }

  /// Wilson's score interval, which stays honest where the share is near 0 or 1.
  ///
  /// Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
  private static func wilson(_ yes: Int, of count: Int, _ confidence: Double) -> Interval? {
    guard count > 0 else { return nil }
    let n = Double(count)
    let p = Double(yes) / n
    let z = NormalDistribution.quantile((1 + confidence) / 2)
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    let reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends the formula gives 0 or 1 but for rounding.
    return Interval(low: yes == 0 ? 0 : middle - reach, high: yes == count ? 1 : middle + reach)
  }

  /// The interval of a paired change, with half an answer added to each of the four ways that a pair can come out.
  ///
  /// Agresti and Min, "Simple improved confidence intervals for comparing matched proportions" (2005).
  private static func agrestiMin(up: Int, down: Int, of count: Int, _ confidence: Double) -> Interval? {
    guard count > 0 else { return nil }
    let (up, down, n) = (Double(up) + 0.5, Double(down) + 0.5, Double(count) + 2)
    let z = NormalDistribution.quantile((1 + confidence) / 2)
    let reach = z * errorOfChange(up: up, down: down, of: n)
    return Interval(low: max(-1, (up - down) / n - reach), high: min(1, (up - down) / n + reach))
  }

  private static func errorOfChange(up: Double, down: Double, of count: Double) -> Double {
    max(0, up + down - (up - down) * (up - down) / count).squareRoot() / count
  }
}

/// The value below which a share of the sorted values lies, interpolated between neighbours.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
  let place = share * Double(sorted.count - 1)
  let below = Int(place)
  guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
  let part = place - Double(below)
  // Not left + part · (right − left), which is NaN between two infinities.
  return part == 0 ? sorted[below] : (1 - part) * sorted[below] + part * sorted[below + 1]
}
