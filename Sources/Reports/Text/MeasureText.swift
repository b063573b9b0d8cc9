import Foundation
import Validation

/// How a measure is written.
struct MeasureText {
  private enum Kind {
    /// Nats, or a ratio: significant digits.
    case number
    /// A share of one, as a percentage.
    case share
    /// Close to 1, so that the first digits say little.
    case cosine
    case count
    case bytes
    case bits
  }

  /// As people call it, with its unit.
  let label: String
  private let kind: Kind

  init(_ measure: Measure) {
    label = Self.label(measure)
    switch measure {
    case .perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD, .maxBlockError,
      .maxLayerError:
      kind = .number
    case .meanCosine, .p1Cosine, .minCosine: kind = .cosine
    case .top1Agreement, .top5Agreement, .rmsDeltaP, .accuracy, .accuracyNorm, .accuracyDrop, .accuracyNormDrop,
      .flips, .flipsNorm:
      kind = .share
    case .fallbacks, .tokenizerMismatches, .minExpertTokens: kind = .count
    case .fileBytes: kind = .bytes
    case .bitsPerWeight: kind = .bits
    }
  }

  private static func label(_ measure: Measure) -> String {
    switch measure {
    case .perplexity: "perplexity"
    case .perplexityRatio: "perplexity ratio"
    case .meanKLD: "mean KL divergence, nats"
    case .medianKLD: "median KL divergence, nats"
    case .p90KLD: "90th percentile of KL divergence, nats"
    case .p99KLD: "99th percentile of KL divergence, nats"
    case .p999KLD: "99.9th percentile of KL divergence, nats"
    case .maxKLD: "largest KL divergence, nats"
    case .top1Agreement: "same most likely token"
    case .top5Agreement: "shared among the five most likely"
    case .rmsDeltaP: "RMS change of the true token’s probability"
    case .accuracy: "accuracy"
    case .accuracyNorm: "accuracy, by length"
    case .accuracyDrop: "loss of accuracy"
    case .accuracyNormDrop: "loss of accuracy, by length"
    case .flips: "answers that flipped"
    case .flipsNorm: "answers that flipped, by length"
    case .meanCosine: "mean cosine similarity of embeddings"
    case .p1Cosine: "1st percentile of cosine similarity"
    case .minCosine: "lowest cosine similarity"
    case .maxBlockError: "largest error of a block of weights"
    case .tokenizerMismatches: "texts that its tokenizer cuts otherwise"
    case .fallbacks: "fallback types"
    case .maxLayerError: "largest error of a layer"
    case .minExpertTokens: "fewest tokens of an expert"
    case .fileBytes: "bytes"
    case .bitsPerWeight: "bits per weight"
    }
  }

  /// A measured figure.
  func figure(_ value: Double) -> String {
    switch kind {
    case .number: NumberText.significant(value, digits: 4)
    case .cosine: NumberText.significant(value, digits: 6)
    case .share: NumberText.percent(value, decimals: 2)
    case .count, .bytes: NumberText.fixed(value, decimals: 0)
    case .bits: NumberText.significant(value, digits: 4)
    }
  }

  /// A limit, with the digits that were given.
  func limit(_ value: Double) -> String {
    guard value.isFinite else { return NumberText.significant(value) }
    switch kind {
    case .share: return Self.shortest(value * 100) + "\u{A0}%"
    case .number, .cosine, .count, .bytes, .bits: return Self.shortest(value)
    }
  }

  /// How far a figure is from its limit, with its sign.
  func margin(_ value: Double) -> String {
    let sign = value > 0 ? "+" : ""
    switch kind {
    case .number, .cosine, .bits: return sign + NumberText.significant(value, digits: 3)
    case .share: return sign + NumberText.significant(value * 100, digits: 3) + "\u{A0}pp"
    case .count, .bytes: return sign + NumberText.fixed(value, decimals: 0)
    }
  }

  /// An estimate and the error of it, each to the digits that the error supports.
  func estimate(_ value: Double, error: Double) -> EstimateText {
    switch kind {
    case .share:
      let text = NumberText.estimate(value * 100, error: error * 100)
      return EstimateText(value: text.value + "\u{A0}%", error: text.error)
    case .number, .cosine, .count, .bytes, .bits: return NumberText.estimate(value, error: error)
    }
  }

  /// Without digits that say nothing; what a decimal fraction of the file became in binary is not shown.
  private static func shortest(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return NumberText.grouped(Int(value)) }
    let text = String(format: "%.10g", value)
    return text.contains("e") ? NumberText.significant(value, digits: 4) : text.replacing("-", with: "−")
  }
}
