/// A gate and what was measured.
package struct GateResult: Sendable, Equatable, Codable {
  package let gate: Gate
  /// The estimate; nil where it was not measured.
  package let measured: Double?
  /// The interval of the gate's confidence; nil for gates that judge the estimate.
  package let interval: Interval?
  /// The baseline's figure, for gates that compare with it.
  package let baseline: Double?
  /// The lowest figure that would hold; the gate's own or the baseline's less what is allowed, whichever is stricter.
  package let minimum: Double?
  /// The highest figure that would hold.
  package let maximum: Double?
  /// How far the judged figure is from its nearest limit; below 0 where the gate does not hold, nil where there is
  /// nothing to judge.
  package let margin: Double?
  package let holds: Bool

  package init(
    gate: Gate, measured: Double?, interval: Interval?, baseline: Double?, minimum: Double?, maximum: Double?,
    margin: Double?, holds: Bool
  ) {
    self.gate = gate
    self.measured = measured
    self.interval = interval
    self.baseline = baseline
    self.minimum = minimum
    self.maximum = maximum
    self.margin = margin
    self.holds = holds
  }
}

extension Gate {
  /// Judges a figure.
  ///
  /// What is not a number holds no limit; a figure that was never measured, an interval that is not defined and a
  /// baseline without the figure do not hold either.
  package func judge(_ measured: Estimate?, baseline: Double? = nil) -> GateResult {
    let interval = confidence.flatMap { measured?.interval(confidence: $0) }
    let (minimum, maximum) = limits(baseline)
    let low = confidence == nil ? measured?.value : interval?.low
    let high = confidence == nil ? measured?.value : interval?.high
    let aboveMinimum = minimum.map { (low ?? .nan) >= $0 } ?? true
    let belowMaximum = maximum.map { (high ?? .nan) <= $0 } ?? true
    // A limit that is no number is held by nothing, and a gate on the baseline needs one.
    let isJudged = !(measured?.value.isNaN ?? true) && (worseBy == nil || baseline.map { !$0.isNaN } ?? false)
    let margins = [
      minimum.flatMap { limit in low.map { $0 - limit } }, maximum.flatMap { limit in high.map { limit - $0 } },
    ].compactMap { $0 }
    return GateResult(
      gate: self, measured: measured?.value, interval: interval, baseline: worseBy == nil ? nil : baseline,
      minimum: minimum, maximum: maximum, margin: isJudged ? margins.min() : nil,
      holds: isJudged && aboveMinimum && belowMaximum)
  }

  /// Judges a figure that is known exactly.
  package func judge(exactly measured: Double?, baseline: Double? = nil) -> GateResult {
    judge(measured.map(Estimate.init(exactly:)), baseline: baseline)
  }

  /// The gate's limits, and that of the baseline where it is stricter.
  private func limits(_ baseline: Double?) -> (minimum: Double?, maximum: Double?) {
    guard let worseBy, let baseline else { return (minimum, maximum) }
    let amount = worseBy.amount(of: baseline)
    switch measure.better {
    case .lower: return (minimum, min(baseline + amount, maximum ?? .infinity))
    case .higher: return (max(baseline - amount, minimum ?? -.infinity), maximum)
    }
  }
}
