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

  package init(referenceLoss: Float, loss: Float, divergence: Float, sameTop: Bool) {
    self.referenceLoss = referenceLoss
    self.loss = loss
    self.divergence = divergence
    self.sameTop = sameTop
  }

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
    // Logits that are not numbers have no largest one.
    sameTop = p.top == q.top && !divergence.isNaN
  }
}

/// What turns logits into log-probabilities.
struct LogNormalizer {
  /// ln Σ eˣ
  let logSum: Float
  /// The index of the largest logit, the first of several.
  let top: Int

  init(_ logits: Span<Float>) {
    var top = 0
    for index in 1..<max(1, logits.count) where logits[unchecked: index] > logits[unchecked: top] { top = index }
    let peak = logits[top]
    let sum = laneSum(logits.count) { exponential(logits[unchecked: $0] - peak) }
    logSum = peak + log(sum)
    self.top = top
  }
}

/// −ln p(token) under one row of logits.
package func loss(_ logits: Span<Float>, next token: Int) -> Float {
  LogNormalizer(logits).logSum - logits[token]
}
