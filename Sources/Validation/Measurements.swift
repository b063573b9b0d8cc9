import Foundation

/// An estimate with the standard error of its mean over tokens.
package struct Estimate: Sendable, Equatable, Codable {
  package let value: Double
  package let standardError: Double

  package init(value: Double, standardError: Double) {
    self.value = value
    self.standardError = standardError
  }

  /// The mean of `values`.
  package init(meanOf values: some Collection<Double>) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
    self.init(value: mean, standardError: (variance / count).squareRoot())
  }
}

/// What a comparison of two models on one text says.
package struct Measurements: Sendable, Equatable, Codable {
  /// Tokens that were predicted and scored.
  package let scoredTokens: Int
  package let referencePerplexity: Estimate
  package let perplexity: Estimate
  /// exp of the mean difference of losses: paired, so far surer than either perplexity.
  package let perplexityRatio: Estimate
  package let meanDivergence: Estimate
  package let medianDivergence: Double
  package let divergence90: Double
  package let divergence99: Double
  package let maximumDivergence: Double
  /// The share of positions at which both models think the same token most likely.
  package let topAgreement: Estimate

  /// - Precondition: at least one score.
  package init(_ scores: [TokenScore]) {
    precondition(!scores.isEmpty, "nothing was scored")
    scoredTokens = scores.count
    referencePerplexity = Self.exponential(Estimate(meanOf: scores.lazy.map { Double($0.referenceLoss) }))
    perplexity = Self.exponential(Estimate(meanOf: scores.lazy.map { Double($0.loss) }))
    perplexityRatio = Self.exponential(
      Estimate(meanOf: scores.lazy.map { Double($0.loss) - Double($0.referenceLoss) }))
    meanDivergence = Estimate(meanOf: scores.lazy.map { Double($0.divergence) })
    let sorted = scores.map { Double($0.divergence) }.sorted()
    medianDivergence = Self.quantile(sorted, 0.5)
    divergence90 = Self.quantile(sorted, 0.9)
    divergence99 = Self.quantile(sorted, 0.99)
    maximumDivergence = Self.quantile(sorted, 1)
    topAgreement = Estimate(meanOf: scores.lazy.map { $0.sameTop ? 1 : 0 })
  }

  /// The exponential of an estimate, its error carried over to first order.
  private static func exponential(_ estimate: Estimate) -> Estimate {
    let value = exp(estimate.value)
    return Estimate(value: value, standardError: value * estimate.standardError)
  }

  /// The value below which a share of the sorted values lies, interpolated between neighbours; NaN sorts anywhere, so
  /// any NaN makes it NaN.
  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    if sorted.contains(where: \.isNaN) { return .nan }
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }
}
