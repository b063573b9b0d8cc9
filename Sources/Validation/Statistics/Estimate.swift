/// The two ends of an interval.
package struct Interval: Sendable, Equatable, Codable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// A figure measured on a sample of text or questions, and how far it may be from what more of the same would say.
package struct Estimate: Sendable {
  package let value: Double
  /// Nil where none is defined: for a maximum, or a sample of one sequence.
  package let standardError: Double?
  /// The ends of the 95 % interval; nil where `standardError` is.
  package let low: Double?
  package let high: Double?
  /// What intervals of other confidences come from; records do not hold it.
  private let spread: Spread?

  /// The confidence of the interval that records hold.
  package static let recordedConfidence = 0.95

  /// A figure whose uncertainty is known.
  init(_ value: Double, _ spread: Spread) {
    let interval = value.isNaN ? Interval(low: .nan, high: .nan) : spread.interval(confidence: Self.recordedConfidence)
    self.value = value
    standardError = value.isNaN ? .nan : spread.standardError
    low = interval?.low
    high = interval?.high
    self.spread = spread
  }

  /// A figure of which nothing more is known.
  package init(exactly value: Double) {
    self.value = value
    standardError = nil
    low = nil
    high = nil
    spread = nil
  }

  /// The interval that holds the figure of all such text with this confidence; nil where none is defined, which is so
  /// for every confidence but 95 % in an estimate that was read from a record.
  package func interval(confidence: Double) -> Interval? {
    if value.isNaN { return Interval(low: .nan, high: .nan) }
    if let spread { return spread.interval(confidence: confidence) }
    guard confidence == Self.recordedConfidence, let low, let high else { return nil }
    return Interval(low: low, high: high)
  }
}

extension Estimate: Equatable {
  /// Whether records of both would say the same.
  package static func == (left: Estimate, right: Estimate) -> Bool {
    left.value == right.value && left.standardError == right.standardError && left.low == right.low
      && left.high == right.high
  }
}

extension Estimate: Codable {
  private enum CodingKeys: CodingKey {
    case value, standardError, low, high
  }

  package init(from decoder: any Decoder) throws {
    let record = try decoder.container(keyedBy: CodingKeys.self)
    value = try record.decode(Double.self, forKey: .value)
    standardError = try record.decodeIfPresent(Double.self, forKey: .standardError)
    low = try record.decodeIfPresent(Double.self, forKey: .low)
    high = try record.decodeIfPresent(Double.self, forKey: .high)
    spread = nil
  }
}
