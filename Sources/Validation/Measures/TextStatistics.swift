import Foundation
import Tensors

/// The sums over the tokens of each sequence that every figure of a text can be computed from, however often each
/// sequence counts.
struct TextStatistics: Sendable {
  /// Parts of equal width that positions are told apart by.
  static let positionBins = 8

  /// Scored tokens of each sequence.
  private let tokensPerSequence: Int
  /// `[sequences]` each.
  private let referenceLosses: [Double]
  private let losses: [Double]
  private let divergences: [Double]
  private let sameTops: [Double]
  private let top5Overlaps: [Double]
  private let squaredChanges: [Double]
  /// Sums of divergences, `[sequences · bins]`, and the tokens in each bin of one sequence.
  private let binnedDivergences: [Double]
  let bins: [Range<Int>]
  /// All divergences, falling, each with its sequence; empty where any is not a number.
  private let ranked: [(divergence: Float, sequence: Int32)]
  let maximumDivergence: Double

  /// - Parameter scores: of whole sequences, one after the other.
  init(_ scores: ArraySlice<TokenScore>, tokensPerSequence: Int) {
    precondition(!scores.isEmpty && scores.count % tokensPerSequence == 0, "only whole sequences")
    let sequences = scores.count / tokensPerSequence
    let first = scores.startIndex
    func sums(_ figure: (TokenScore) -> Double) -> [Double] {
      (0..<sequences).map { sequence in
        let start = first + sequence * tokensPerSequence
        return scores[start..<start + tokensPerSequence].reduce(0) { $0 + figure($1) }
      }
    }
    let count = min(Self.positionBins, tokensPerSequence)
    let bins = (0..<count).map { $0 * tokensPerSequence / count..<($0 + 1) * tokensPerSequence / count }
    self.bins = bins
    self.tokensPerSequence = tokensPerSequence
    referenceLosses = sums { Double($0.referenceLoss) }
    losses = sums { Double($0.loss) }
    divergences = sums { Double($0.divergence) }
    sameTops = sums { $0.sameTop ? 1 : 0 }
    top5Overlaps = sums { Double($0.top5Overlap) }
    squaredChanges = sums { $0.probabilityChange * $0.probabilityChange }
    binnedDivergences = (0..<sequences).flatMap { sequence in
      bins.map { bin in
        let start = first + sequence * tokensPerSequence
        return scores[start + bin.lowerBound..<start + bin.upperBound].reduce(0) { $0 + Double($1.divergence) }
      }
    }
    let all = scores.enumerated().map { (divergence: $1.divergence, sequence: Int32($0 / tokensPerSequence)) }
    let isBroken = all.contains { $0.divergence.isNaN }
    ranked = isBroken ? [] : all.sorted { $0.divergence > $1.divergence }
    maximumDivergence = ranked.first.map { Double($0.divergence) } ?? .nan
  }

  /// The order of the figures of `figures(_:)`; the mean divergences of the bins follow.
  static let order: [Measure] = [
    .perplexity, .perplexityRatio, .meanKLD, .top1Agreement, .top5Agreement, .rmsDeltaP, .p999KLD, .p99KLD, .p90KLD,
    .medianKLD,
  ]
  /// Quantiles of the divergence, from the highest, in the order above.
  private static let shares = [0.999, 0.99, 0.9, 0.5]

  /// The original's perplexity, then every figure, when each sequence counts as often as its weight says.
  func figures(_ weights: [Int32]) -> [Double] {
    let tokens = Double(weights.reduce(0) { $0 + Int($1) } * tokensPerSequence)
    func mean(_ sums: [Double]) -> Double {
      var total = 0.0
      for (sum, weight) in zip(sums, weights) where weight > 0 { total += sum * Double(weight) }
      return total / tokens
    }
    let (referenceLoss, loss) = (mean(referenceLosses), mean(losses))
    var figures = [
      exp(referenceLoss), exp(loss), exp(loss - referenceLoss), mean(divergences), mean(sameTops), mean(top5Overlaps),
      mean(squaredChanges).squareRoot(),
    ]
    figures += quantiles(weights, of: Int(tokens))
    for bin in bins.indices {
      var total = 0.0
      for (sequence, weight) in weights.enumerated() where weight > 0 {
        total += binnedDivergences[sequence * bins.count + bin] * Double(weight)
      }
      figures.append(total / (tokens / Double(tokensPerSequence) * Double(bins[bin].count)))
    }
    return figures
  }

  /// Quantiles of the divergence over so many tokens, each interpolated between two neighbours in rank as
  /// `llama-perplexity` does. One walk down the ranks finds them all.
  private func quantiles(_ weights: [Int32], of tokens: Int) -> [Double] {
    guard !ranked.isEmpty else { return Self.shares.map { _ in .nan } }
    let places = Self.shares.map { $0 * Double(tokens - 1) }
    // Ranks count from the largest. Of few tokens, one quantile's upper neighbour may rank before another's lower one.
    let ranks = places.map { (upper: max(0, tokens - 2 - Int($0)), lower: tokens - 1 - Int($0)) }
    let found = divergences(at: ranks.flatMap { [$0.upper, $0.lower] }.sorted(), weights)
    return zip(places, ranks).map { place, rank in
      let part = place - Double(Int(place))
      guard part > 0, let upper = found[rank.upper], let lower = found[rank.lower] else {
        return found[rank.lower] ?? .nan
      }
      return (1 - part) * lower + part * upper
    }
  }

  /// The divergences of the tokens at some ranks, which rise.
  private func divergences(at ranks: [Int], _ weights: [Int32]) -> [Int: Double] {
    var found: [Int: Double] = [:]
    var passed = 0
    var next = 0
    for token in ranked {
      passed += Int(weights[Int(token.sequence)])
      while next < ranks.count, ranks[next] < passed {
        found[ranks[next]] = Double(token.divergence)
        next += 1
      }
      if next == ranks.count { break }
    }
    return found
  }
}
