import Foundation

/// Maps a range of values to a range of coordinates, and knows which values deserve a mark.
package struct Axis {
  package enum Scale: Sendable {
    case linear
    case logarithmic
  }

  package let scale: Scale
  /// The ends in values.
  package let low: Double
  package let high: Double
  /// Their coordinates.
  private let start: Double
  private let end: Double

  /// An axis over `values`, widened so that both ends bear a mark.
  ///
  /// - Parameters:
  ///   - values: those that are not finite, or not positive where the scale is logarithmic, are left out.
  ///   - start: the coordinate of the low end.
  package static func linear(fromZeroTo values: [Double], _ start: Double, _ end: Double) -> Axis {
    let top = values.filter(\.isFinite).max() ?? 1
    let step = niceStep(max(top, .leastNormalMagnitude) / 4)
    return Axis(scale: .linear, low: 0, high: step * max(1, (top / step).rounded(.up)), start: start, end: end)
  }

  /// An axis whose ends are those given.
  static func linear(over range: ClosedRange<Double>, _ start: Double, _ end: Double) -> Axis {
    Axis(scale: .linear, low: range.lowerBound, high: range.upperBound, start: start, end: end)
  }

  /// A logarithmic axis with room around the values.
  package static func logarithmic(around values: [Double], _ start: Double, _ end: Double) -> Axis {
    let usable = values.filter { $0.isFinite && $0 > 0 }
    let (least, most) = (usable.min() ?? 0.1, usable.max() ?? 1)
    return Axis(
      scale: .logarithmic, low: floorOfSeries(least * 0.8), high: ceilingOfSeries(most * 1.25), start: start, end: end)
  }

  /// A logarithmic axis whose ends are those given.
  init(logarithmicFrom low: Double, to high: Double, _ start: Double, _ end: Double) {
    self.init(scale: .logarithmic, low: low, high: high, start: start, end: end)
  }

  private init(scale: Scale, low: Double, high: Double, start: Double, end: Double) {
    self.scale = scale
    self.low = low
    self.high = high
    self.start = start
    self.end = end
  }

  /// Where a value lies; outside values lie at the nearer end.
  package func callAsFunction(_ value: Double) -> Double {
    let bounded = min(max(value, low), high)
    let share =
      switch scale {
      case .linear: high > low ? (bounded - low) / (high - low) : 0.5
      case .logarithmic: high > low ? (log(bounded) - log(low)) / (log(high) - log(low)) : 0.5
      }
    return start + share * (end - start)
  }

  /// Values to mark, at most about `most` of them.
  package func ticks(most: Int) -> [Double] {
    switch scale {
    case .linear:
      let step = Self.niceStep((high - low) / Double(max(1, most)))
      let first = (low / step).rounded(.up)
      let last = (high / step + 1e-9).rounded(.down)
      guard first.isFinite, last.isFinite, last >= first, last - first < 1000 else { return [low] }
      return stride(from: first, through: last, by: 1).map { $0 * step }
    case .logarithmic:
      let series = Self.series(from: low, through: high)
      if series.count <= most { return series }
      let decades = series.filter { abs(log10($0) - log10($0).rounded()) < 1e-9 }
      let every = max(1, (decades.count + most - 1) / max(1, most))
      return decades.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    }
  }

  /// The least of 1, 2, 5, 10, 20 … that is not below a step.
  private static func niceStep(_ step: Double) -> Double {
    guard step.isFinite, step > 0 else { return 1 }
    let decade = pow(10, floor(log10(step)))
    for factor in [1.0, 2, 5] where factor * decade >= step * 0.999999 { return factor * decade }
    return 10 * decade
  }

  private static func floorOfSeries(_ value: Double) -> Double {
    let decade = pow(10, floor(log10(value)))
    return [5.0, 2, 1].map { $0 * decade }.first { $0 <= value * 1.000001 } ?? decade
  }

  private static func ceilingOfSeries(_ value: Double) -> Double {
    let decade = pow(10, floor(log10(value)))
    return [1.0, 2, 5].map { $0 * decade }.first { $0 >= value * 0.999999 } ?? 10 * decade
  }

  /// 1, 2 and 5 times each power of ten between two values.
  private static func series(from low: Double, through high: Double) -> [Double] {
    let (first, last) = (Int(floor(log10(low))), Int(floor(log10(high))))
    guard last - first < 1000 else { return [] }
    return (first...last).flatMap { exponent in [1.0, 2, 5].map { $0 * pow(10, Double(exponent)) } }
      .filter { $0 >= low * 0.999999 && $0 <= high * 1.000001 }
  }
}

extension NumberText {
  /// A number beside an axis: short.
  static func tick(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : significant(value) }
    let magnitude = Int(floor(log10(abs(value)) + 1e-9))
    if magnitude < -4 || magnitude > 5 {
      let factor = value / pow(10, Double(magnitude))
      let head = abs(factor - 1) < 1e-6 ? "" : trimmed(factor) + "·"
      return head + "10" + superscript(magnitude)
    }
    return trimmed(value)
  }

  /// A power of ten beside an axis that spans many of them.
  static func powerOfTen(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return tick(value) }
    let exponent = Int(log10(value).rounded())
    return exponent == 0 ? "1" : exponent == 1 ? "10" : "10" + superscript(exponent)
  }

  private static func trimmed(_ value: Double) -> String {
    if value == value.rounded() { return grouped(Int(value)) }
    return String(format: "%.6g", value).replacing("-", with: "−")
  }
}
