/// Limits that a measure must keep for a product to be published.
package struct Gate: Sendable, Equatable, Codable {
  package let measure: Measure
  /// The corpus or task that it speaks of; all together where both are nil.
  package let corpus: String?
  package let task: String?
  package let minimum: Double?
  package let maximum: Double?
  /// How much worse than the baseline's figure it may be.
  package let worseBy: Allowance?
  /// Judges the worse end of the interval with this confidence, instead of the estimate.
  package let confidence: Double?

  package init(
    _ measure: Measure, in scope: Scope = .all, minimum: Double? = nil, maximum: Double? = nil,
    worseBy: Allowance? = nil, confidence: Double? = nil
  ) {
    self.measure = measure
    switch scope {
    case .all: (corpus, task) = (nil, nil)
    case .corpus(let name): (corpus, task) = (name, nil)
    case .task(let name): (corpus, task) = (nil, name)
    }
    self.minimum = minimum
    self.maximum = maximum
    self.worseBy = worseBy
    self.confidence = confidence
  }

  package var scope: Scope { corpus.map(Scope.corpus) ?? task.map(Scope.task) ?? .all }
}

/// How much worse than a baseline a figure may be.
package enum Allowance: Sendable, Equatable, Codable {
  /// In the unit of the measure.
  case absolute(Double)
  /// As a share of the baseline's figure.
  case share(Double)

  /// The allowance in the unit of the measure.
  func amount(of baseline: Double) -> Double {
    switch self {
    case .absolute(let amount): amount
    case .share(let share): share * abs(baseline)
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let text = try? container.decode(String.self) else {
      self = .absolute(try container.decode(Double.self))
      return
    }
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a number or a percentage")
    }
    self = value
  }

  /// A number, or a percentage such as `5%`; nil for anything else and for what is below 0.
  package init?(_ text: String) {
    let isShare = text.last == "%"
    let digits = isShare ? text.dropLast() : text[...]
    guard digits.allSatisfy({ "0123456789+-.eE".contains($0) }), let value = Double(digits), value.isFinite, value >= 0
    else { return nil }
    self = isShare ? .share(value / 100) : .absolute(value)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .absolute(let amount): try container.encode(amount)
    case .share: try container.encode(description)
    }
  }
}

extension Allowance: CustomStringConvertible {
  package var description: String {
    switch self {
    case .absolute(let amount): "\(amount)"
    case .share(let share): "\(share * 100)%"
    }
  }
}
