import Foundation
import Validation

extension GateResult {
  /// How far the divergence from the original would have to fall for a gate to hold, as a share of what it is; nil where more bits do
  /// not mend the gate.
  ///
  /// Quantiles and the logarithm of perplexity's ratio go with the mean divergence; shares of tokens or answers, and the root of the
  /// mean squared change of a probability, with its root. What accuracy goes with is not known: the divergence is halved.
  ///
  /// - Parameter originalPerplexity: on the text that the gate speaks of.
  package func shortfall(originalPerplexity: Double?) -> Double? {
    guard !holds, let judged, judged.value.isFinite else { return nil }
    let (value, limit) = judged
    func share(_ allowed: Double, _ found: Double) -> Double { found > 0 ? max(0, allowed / found) : 0 }
    func squared(_ share: Double) -> Double { share * share }
    switch gate.measure {
    case .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD: return share(limit, value)
    case .perplexityRatio: return share(logarithm(limit), logarithm(value))
    case .perplexity:
      guard let originalPerplexity else { return nil }
      return share(logarithm(limit / originalPerplexity), logarithm(value / originalPerplexity))
    case .top1Agreement, .top5Agreement: return squared(share(1 - limit, 1 - value))
    case .rmsDeltaP, .flips, .flipsNorm: return squared(share(limit, value))
    case .accuracy, .accuracyNorm, .accuracyDrop, .accuracyNormDrop: return 0.5
    case .meanCosine, .p1Cosine, .minCosine, .maxBlockError, .tokenizerMismatches, .fallbacks, .maxLayerError,
      .minExpertTokens,
      .fileBytes, .bitsPerWeight:
      return nil
    }
  }

  /// The figure that was judged and the limit that it does not keep, where it is too bad for that; nil where it is too good.
  private var judged: (value: Double, limit: Double)? {
    switch gate.measure.better {
    case .lower:
      guard let value = interval?.high ?? measured, let maximum, value > maximum else { return nil }
      return (value, maximum)
    case .higher:
      guard let value = interval?.low ?? measured, let minimum, value < minimum else { return nil }
      return (value, minimum)
    }
  }

  /// Below 1 there is nothing to take away.
  private func logarithm(_ ratio: Double) -> Double { ratio > 1 ? log(ratio) : 0 }
}

extension Measure {
  /// Whether a gate on it is mended by more bits.
  package var isMendedByBits: Bool { source == .text || source == .tasks }
}
