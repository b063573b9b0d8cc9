import Foundation
import LinearAlgebra
import Tensors

/// How two models judge one token that really came next.
package struct TokenScore: Sendable, Equatable {
  /// −ln p(token) of the reference.
  package let referenceLoss: Float
  /// −ln p(token) of the model under judgement.
  package let loss: Float
  /// Σ p ln(p / q) over the vocabulary, with p of the reference; at least 0 but for the rounding of Float32 sums.
  package let divergence: Float
  /// Whether both models think the same token most likely.
  package let sameTop: Bool
  /// The share of the reference's five most likely tokens that are among the other's five, in fifths; of a smaller
  /// vocabulary all.
  package let topShared: Float

  package init(referenceLoss: Float, loss: Float, divergence: Float, sameTop: Bool, topShared: Float) {
    self.referenceLoss = referenceLoss
    self.loss = loss
    self.divergence = divergence
    self.sameTop = sameTop
    self.topShared = topShared
  }

  /// The change of the probability of the token that really came next.
  package var probabilityChange: Double { exp(-Double(loss)) - exp(-Double(referenceLoss)) }

  /// Compares two rows of logits, `[vocabulary]`.
  package init(reference: Span<Float>, candidate: Span<Float>, next token: Int) {
    precondition(reference.count == candidate.count, "models of different vocabularies")
    let p = LogNormalizer(reference)
    let q = LogNormalizer(candidate)
    referenceLoss = p.logSum - reference[token]
    loss = q.logSum - candidate[token]
    let shift = q.logSum - p.logSum
    divergence = laneSum(reference.count) { index in
      let x = reference[unchecked: index]
      return exponential(x - p.logSum) * (x - candidate[unchecked: index] + shift)
    }
    // Logits that are not numbers have no largest ones.
    let isNumber = !divergence.isNaN
    sameTop = isNumber && p.top.first == q.top.first
    topShared = isNumber ? Float(p.top.shared(with: q.top)) / Float(min(TopTokens.count, reference.count)) : 0
  }
}

/// What turns logits into log-probabilities.
struct LogNormalizer {
  /// ln Σ eˣ
  let logSum: Float
  let top: TopTokens

  init(_ logits: Span<Float>) {
    top = TopTokens(logits)
    let peak = logits[top.first ?? 0]
    logSum = peak + log(laneSum(logits.count) { exponential(logits[unchecked: $0] - peak) })
  }
}

/// −ln p(token) under one row of logits.
package func loss(_ logits: Span<Float>, next token: Int) -> Float {
  LogNormalizer(logits).logSum - logits[token]
}
