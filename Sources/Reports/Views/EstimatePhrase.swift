import Validation

/// An estimate in words: its value, and its interval where it has one.
struct EstimatePhrase {
  let value: Phrase
  /// Such as `0.0109 to 0.0118`.
  let interval: Phrase?

  /// - Parameter place: that of the estimate.
  init(_ estimate: Estimate, _ text: MeasureText, at place: String) {
    func digits(_ value: Double) -> String {
      guard let error = estimate.standardError else { return text.figure(value) }
      return text.estimate(value, error: error).value
    }
    value = "\(Figure(estimate.value, at: "\(place).value", digits))"
    if let low = estimate.low, let high = estimate.high {
      interval = "\(Figure(low, at: "\(place).low", digits)) to \(Figure(high, at: "\(place).high", digits))"
    } else {
      interval = nil
    }
  }

  /// A cell with the interval below the value.
  var cell: Table.Cell { Table.Cell(value, below: interval, .number) }
}
