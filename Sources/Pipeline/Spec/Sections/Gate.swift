/// A bound on something measured; a product that exceeds one is not published.
package struct Gate: Sendable, Equatable {
  /// What a gate can measure.
  package enum Metric: String, CaseIterable, Sendable {
    /// Perplexity of the product over that of the original.
    case perplexityRatio = "perplexity_ratio"
    /// Kullback-Leibler divergence of the product's next-token distribution from the original's, in nats: its mean,
    /// median, 99th percentile and maximum over all tokens.
    case meanKLD = "mean_kld"
    case medianKLD = "median_kld"
    case p99KLD = "p99_kld"
    case maxKLD = "max_kld"
    /// Part of the tokens for which both models put the same token first, from 0 to 1.
    case top1Agreement = "top1_agreement"
    /// Tensors that got another type or treatment than was asked for.
    case fallbacks
    /// The largest relative output error tr(ΔHΔᵀ)/tr(WHWᵀ) of a tensor.
    case maxLayerError = "max_layer_error"
    /// Bytes of the product.
    case fileBytes = "file_bytes"
    /// Mean bits per weight of the product.
    case bitsPerWeight = "bits_per_weight"

    /// What must be there to measure it.
    package enum Source: Sendable {
      case text
      case calibration
      case product
    }

    package var source: Source {
      switch self {
      case .perplexityRatio, .meanKLD, .medianKLD, .p99KLD, .maxKLD, .top1Agreement: .text
      case .maxLayerError: .calibration
      case .fallbacks, .fileBytes, .bitsPerWeight: .product
      }
    }

    fileprivate var bounds: Bounds<Double> {
      self == .top1Agreement ? .from(0, to: 1) : .atLeast(0)
    }
  }

  package let metric: Metric
  package let minimum: Double?
  package let maximum: Double?

  package init(metric: Metric, minimum: Double? = nil, maximum: Double? = nil) {
    self.metric = metric
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Whether a measured value passes; what is not a number never does.
  package func holds(_ value: Double) -> Bool {
    !value.isNaN && value >= minimum ?? -.infinity && value <= maximum ?? .infinity
  }
}

extension Gate {
  /// Whether the sources of gates are there.
  struct Available {
    let text: Bool
    let calibration: Bool
  }

  /// Reads `gates`: metrics with their bounds, in the order in which `Metric` lists them.
  static func list(_ available: Available) -> ValueKind<[Gate]> {
    .mapping { options in
      let gates = Metric.allCases.compactMap { metric in
        options.optional(
          metric.rawValue,
          .mapping { bounds in
            reportMissingSource(of: metric, available, bounds)
            return Gate(metric, reading: &bounds)
          })
      }
      if options.keys.isEmpty { options.report("found no gate, expected at least one") }
      return gates
    }
  }

  private static func reportMissingSource(of metric: Metric, _ available: Available, _ bounds: MappingReader) {
    switch metric.source {
    case .text where !available.text:
      bounds.report("found the gate '\(metric.rawValue)' without validate.corpus, expected a text to measure it on")
    case .calibration where !available.calibration:
      bounds.report("found the gate '\(metric.rawValue)' without calibrate, expected calibration to measure it with")
    default: break
    }
  }

  private init?(_ metric: Metric, reading options: inout MappingReader) {
    let minimum = options.optional("min", .number(in: metric.bounds))
    let maximum = options.optional("max", .number(in: metric.bounds))
    if !options.keys.contains("min"), !options.keys.contains("max") {
      options.report("found a gate without bound, expected min, max or both")
    }
    if let minimum, let maximum, minimum > maximum {
      options.report(at: "min", "found min above max, which nothing can satisfy; expected min to be at most max")
    }
    self.init(metric: metric, minimum: minimum, maximum: maximum)
  }
}
