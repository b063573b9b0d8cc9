/// A figure that a gate can hold to a limit.
package enum Measure: String, Sendable, CaseIterable, Codable {
  /// Perplexity of the product.
  case perplexity
  /// Perplexity of the product over that of the original.
  case perplexityRatio = "perplexity_ratio"
  /// Kullback-Leibler divergence of the product's next-token distribution from the original's, in nats.
  case meanKLD = "mean_kld"
  case medianKLD = "median_kld"
  case p90KLD = "p90_kld"
  case p99KLD = "p99_kld"
  case maxKLD = "max_kld"
  /// The share of tokens for which both models put the same token first, from 0 to 1.
  case top1Agreement = "top1_agreement"
  /// Tensors that did not get the type that was asked for.
  case fallbacks
  /// The largest relative output error tr(ΔHΔᵀ)/tr(WHWᵀ) of any matrix.
  case maxLayerError = "max_layer_error"
  /// Bytes of the product.
  case fileBytes = "file_bytes"
  /// Mean bits per weight of the product, without headers.
  case bitsPerWeight = "bits_per_weight"

  /// What must be there to measure it.
  package enum Source: Sendable {
    /// A text to run both models on.
    case text
    /// Calibration, whose Hessians weigh errors.
    case calibration
    /// The product itself.
    case product
  }

  package var source: Source {
    switch self {
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .maxKLD, .top1Agreement: .text
    case .maxLayerError: .calibration
    case .fallbacks, .fileBytes, .bitsPerWeight: .product
    }
  }
}

extension Measurements {
  /// The figure of a measure; nil for those that do not come from text.
  package subscript(measure: Measure) -> Double? {
    switch measure {
    case .perplexity: perplexity.value
    case .perplexityRatio: perplexityRatio.value
    case .meanKLD: meanDivergence.value
    case .medianKLD: medianDivergence
    case .p90KLD: divergence90
    case .p99KLD: divergence99
    case .maxKLD: maximumDivergence
    case .top1Agreement: topAgreement.value
    case .fallbacks, .maxLayerError, .fileBytes, .bitsPerWeight: nil
    }
  }
}

/// Limits that a measure must keep for a product to be published.
package struct Gate: Sendable, Equatable, Codable {
  package let measure: Measure
  package let minimum: Double?
  package let maximum: Double?

  package init(_ measure: Measure, minimum: Double? = nil, maximum: Double? = nil) {
    self.measure = measure
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Judges a figure. What is not a number holds no limit, and a limit that was never measured does not hold either.
  package func judge(_ measured: Double?) -> GateResult {
    let value = measured ?? .nan
    let aboveMinimum = minimum.map { value >= $0 } ?? true
    let belowMaximum = maximum.map { value <= $0 } ?? true
    return GateResult(gate: self, measured: measured, holds: !value.isNaN && aboveMinimum && belowMaximum)
  }
}

/// A gate and what was measured.
package struct GateResult: Sendable, Equatable, Codable {
  package let gate: Gate
  package let measured: Double?
  package let holds: Bool
}
