import Calibration
import Tensors

/// Sequences of one corpus that models are compared on.
package struct ValidationCorpus: Sendable, Equatable {
  package let name: String
  package let sequences: TokenSequences

  package init(name: String, _ sequences: TokenSequences) {
    self.name = name
    self.sequences = sequences
  }

  /// Positions of a sequence from which the next token is predicted and scored.
  ///
  /// As in `llama-perplexity`, those of the second half, so that every prediction has at least half a context behind it.
  package static func scoredPositions(_ length: Int) -> Range<Int> {
    precondition(length >= 4, "half a sequence must leave something to predict")
    return length / 2..<length - 1
  }
}

extension TextMeasurements {
  /// Every figure with its interval.
  ///
  /// - Parameters:
  ///   - corpora: what the models were run on; all sequences of one length.
  ///   - scores: of every scored token, corpus after corpus.
  ///   - floor: those of the original rounded to F16.
  init(
    name: String, _ corpora: [ValidationCorpus], _ scores: ArraySlice<TokenScore>, floor: ArraySlice<TokenScore>?,
    on workers: Workers
  ) {
    let context = corpora[0].sequences.length
    let positions = ValidationCorpus.scoredPositions(context)
    let strata = corpora.map(\.sequences.count)
    let statistics = TextStatistics(scores, tokensPerSequence: positions.count)
    let estimates = Bootstrap(strata: strata).estimates(on: workers) { statistics.figures($0) }
    var figures: [Measure: Estimate] = [.maxKLD: Estimate(exactly: statistics.maximumDivergence)]
    for (measure, estimate) in zip(TextStatistics.order, estimates.dropFirst()) { figures[measure] = estimate }
    let binned = estimates.dropFirst(1 + TextStatistics.order.count)
    self.init(
      name: name, sequences: strata.reduce(0, +), context: context, scoredTokens: scores.count,
      tokensSHA256: TokenSequences.digest(corpora.map(\.sequences)), originalPerplexity: estimates[0], figures: figures,
      floor: floor.map { Self.meanDivergence($0, strata, tokensPerSequence: positions.count, on: workers) },
      divergenceByPosition: zip(statistics.bins, binned).map { bin, mean in
        PositionBin(
          from: positions.lowerBound + bin.lowerBound, to: positions.lowerBound + bin.upperBound, meanDivergence: mean)
      },
      divergenceHistogram: Histogram(divergences: scores.lazy.map(\.divergence)))
  }

  private static func meanDivergence(
    _ scores: ArraySlice<TokenScore>, _ strata: [Int], tokensPerSequence: Int, on workers: Workers
  ) -> Estimate {
    let place = 1 + (TextStatistics.order.firstIndex(of: .meanKLD) ?? 0)
    let statistics = TextStatistics(scores, tokensPerSequence: tokensPerSequence)
    return Bootstrap(strata: strata).estimates(on: workers) { [statistics.figures($0)[place]] }[0]
  }
}
