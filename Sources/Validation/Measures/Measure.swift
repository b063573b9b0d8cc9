/// A figure that a gate can hold to a limit.
///
/// To add one, add a case, say where it comes from and which way is better, and give its figure where its source is
/// measured; pipeline files, tables and records then know it.
package enum Measure: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
  /// Perplexity of the product.
  case perplexity
  /// Perplexity of the product over that of the original.
  case perplexityRatio = "perplexity_ratio"
  /// Kullback-Leibler divergence of the product's next-token distribution from the original's, in nats.
  case meanKLD = "mean_kld"
  case medianKLD = "median_kld"
  case p90KLD = "p90_kld"
  case p99KLD = "p99_kld"
  case p999KLD = "p999_kld"
  case maxKLD = "max_kld"
  /// The share of tokens for which both models put the same token first, from 0 to 1.
  case top1Agreement = "top1_agreement"
  /// The mean share of the original's five most likely tokens that are among the product's five, from 0 to 1.
  case top5Agreement = "top5_agreement"
  /// Root of the mean squared change of the probability of the token that really came next, from 0 to 1.
  case rmsDeltaP = "rms_delta_p"
  /// The share of questions whose right choice has the highest log-likelihood.
  case accuracy
  /// The same with each log-likelihood divided by the characters of the choice.
  case accuracyNorm = "accuracy_norm"
  /// Accuracy of the original less that of the product.
  case accuracyDrop = "accuracy_drop"
  case accuracyNormDrop = "accuracy_norm_drop"
  /// The share of questions that one of the two models answers rightly and the other wrongly.
  case flips
  case flipsNorm = "flips_norm"
  /// Cosine similarity of the product's embedding of a text to the original's, from -1 to 1: its mean over texts, the
  /// value that 1 % of them lie below, and the lowest.
  case meanCosine = "mean_cosine"
  case p1Cosine = "p1_cosine"
  case minCosine = "min_cosine"
  /// The largest relative squared error of any 256 consecutive weights, read back from the product; see `BlockError`.
  case maxBlockError = "max_block_error"
  /// Sequences and questions that the product's own tokenizer cuts into other tokens than the original's.
  case tokenizerMismatches = "tokenizer_mismatches"
  /// Tensors that did not get the type that was asked for.
  case fallbacks
  /// The largest relative output error tr(ΔHΔᵀ)/tr(WHWᵀ) of any matrix.
  case maxLayerError = "max_layer_error"
  /// The fewest calibration tokens that any expert was sent.
  case minExpertTokens = "min_expert_tokens"
  /// Bytes of the product.
  case fileBytes = "file_bytes"
  /// Mean bits per weight of the product, without headers.
  case bitsPerWeight = "bits_per_weight"
}

extension Measure {
  /// What must be there to measure it.
  package enum Source: Sendable {
    /// A text to run both models on.
    case text
    /// Questions to ask both models.
    case tasks
    /// Texts that both models make embeddings of.
    case embeddings
    /// Texts or questions, to try the product's tokenizer on.
    case tokens
    /// The weights of both models, where nothing is folded into them.
    case weights
    /// Calibration, whose Hessians weigh errors.
    case calibration
    /// The product itself.
    case product
  }

  package var source: Source {
    switch self {
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD, .top1Agreement,
      .top5Agreement, .rmsDeltaP:
      .text
    case .accuracy, .accuracyNorm, .accuracyDrop, .accuracyNormDrop, .flips, .flipsNorm: .tasks
    case .meanCosine, .p1Cosine, .minCosine: .embeddings
    case .tokenizerMismatches: .tokens
    case .maxBlockError: .weights
    case .maxLayerError, .minExpertTokens: .calibration
    case .fallbacks, .fileBytes, .bitsPerWeight: .product
    }
  }

  /// Which way a figure gets better.
  package enum Better: Sendable {
    case lower
    case higher
  }

  package var better: Better {
    switch self {
    case .top1Agreement, .top5Agreement, .accuracy, .accuracyNorm, .minExpertTokens, .meanCosine, .p1Cosine,
      .minCosine:
      .higher
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD, .rmsDeltaP,
      .accuracyDrop, .accuracyNormDrop, .flips, .flipsNorm, .maxBlockError, .tokenizerMismatches, .fallbacks,
      .maxLayerError, .fileBytes, .bitsPerWeight:
      .lower
    }
  }

  /// The values that it can take.
  package var range: ClosedRange<Double> {
    switch self {
    case .top1Agreement, .top5Agreement, .rmsDeltaP, .accuracy, .accuracyNorm, .flips, .flipsNorm: 0...1
    case .accuracyDrop, .accuracyNormDrop, .meanCosine, .p1Cosine, .minCosine: -1...1
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD, .maxBlockError,
      .tokenizerMismatches, .fallbacks, .maxLayerError, .minExpertTokens, .fileBytes, .bitsPerWeight:
      0...(.infinity)
    }
  }

  /// Whether it is an estimate from a sample, with an interval; no sample tells how far beyond its maximum others go.
  package var isEstimated: Bool {
    switch source {
    case .text: self != .maxKLD
    case .embeddings: self != .minCosine
    case .tasks: true
    case .tokens, .weights, .calibration, .product: false
    }
  }
}

/// The part of what was measured that a figure speaks of.
package enum Scope: Sendable, Hashable {
  /// All corpora, or all tasks, together.
  case all
  case corpus(String)
  case task(String)
}
