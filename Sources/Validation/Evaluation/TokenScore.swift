import Foundation
import LinearAlgebra
import Tensors

extension TokenScore: Shippable {
  package func pack(into parcel: inout Parcel) {
    parcel.add([referenceLoss, loss, divergence, sameTop ? 1 : 0, top5Overlap])
  }

  package init(from parcel: inout Parcel) {
    let values: [Float] = parcel.takeArray()
    self.init(
      referenceLoss: values[0], loss: values[1], divergence: values[2], sameTop: values[3] == 1, top5Overlap: values[4])
  }
}

/// How two models judge one token that really came next.
package struct TokenScore: Sendable, Equatable {
  /// −ln p(token) of the reference.
  package let referenceLoss: Float
  /// −ln p(token) of the model under judgement.
  package let loss: Float
  /// Σ p ln(p / q) over the vocabulary, with p of the reference; at least 0 but for the rounding of logits' exponentials.
  package let divergence: Float
  /// Whether both models think the same token most likely.
  package let sameTop: Bool
  /// The share of the reference's five most likely tokens that are among the other's five, in fifths; of a smaller
  /// vocabulary all.
  package let top5Overlap: Float

  package init(referenceLoss: Float, loss: Float, divergence: Float, sameTop: Bool, top5Overlap: Float) {
    self.referenceLoss = referenceLoss
    self.loss = loss
    self.divergence = divergence
    self.sameTop = sameTop
    self.top5Overlap = top5Overlap
  }

  /// The change of the probability of the token that really came next.
  package var probabilityChange: Double { exp(-Double(loss)) - exp(-Double(referenceLoss)) }

  /// Compares two rows of logits, `[vocabulary]`.
  ///
  /// Of Float32 are logits and exponentials alone; sums and their logarithms are in Float64. So what is left of two models that
  /// hardly differ is theirs, and not that of a difference of rounded logarithms.
  package init(reference: Span<Float>, candidate: Span<Float>, next token: Int) {
    precondition(reference.count == candidate.count, "models of different vocabularies")
    let p = TopTokens(reference)
    let q = TopTokens(candidate)
    let sums = ExponentialSums(reference, peak: reference[p.first ?? 0], candidate, peak: candidate[q.first ?? 0])
    referenceLoss = Float(sums.reference.logSum - Double(reference[token]))
    loss = Float(sums.candidate.logSum - Double(candidate[token]))
    divergence = Float(sums.difference - (sums.reference.logSum - sums.candidate.logSum))
    // Logits that are not numbers have no largest ones.
    let isNumber = !divergence.isNaN
    sameTop = isNumber && p.first == q.first
    top5Overlap = isNumber ? Float(p.shared(with: q)) / Float(min(TopTokens.count, reference.count)) : 0
  }
}

/// −ln p(token) under one row of logits.
package func loss(_ logits: Span<Float>, next token: Int) -> Float {
  let peak = logits[TopTokens(logits).first ?? 0]
  return Float(ExponentialSums(logits, peak: peak, logits, peak: peak).reference.logSum - Double(logits[token]))
}

/// Sums over the vocabulary, with what is large taken off before: eˣ of logits less their peak.
private struct ExponentialSums {
  /// One model's sum.
  struct Normalizer {
    let peak: Float
    /// Σ e^(x − peak)
    var sum = 0.0

    /// ln Σ eˣ
    var logSum: Double { Double(peak) + log(sum) }
  }

  private(set) var reference: Normalizer
  private(set) var candidate: Normalizer
  /// Σ p (x − y) over the logits x of the reference and y of the candidate, with p of the reference.
  private(set) var difference = 0.0

  init(_ x: Span<Float>, peak: Float, _ y: Span<Float>, peak otherPeak: Float) {
    reference = Normalizer(peak: peak)
    candidate = Normalizer(peak: otherPeak)
    var weights = SIMD16<Double>()
    var others = SIMD16<Double>()
    var differences = SIMD16<Double>()
    var index = 0
    while index &+ 16 <= x.count {
      var (p, q, left, right) = (SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>())
      for lane in 0..<16 {
        left[lane] = unsafe x[unchecked: index &+ lane]
        right[lane] = unsafe y[unchecked: index &+ lane]
        p[lane] = exponential(left[lane] - peak)
        q[lane] = exponential(right[lane] - otherPeak)
      }
      let weight = SIMD16<Double>(p)
      weights += weight
      others += SIMD16<Double>(q)
      differences += weight * (SIMD16<Double>(left) - SIMD16<Double>(right))
      index &+= 16
    }
    reference.sum = weights.sum()
    candidate.sum = others.sum()
    difference = differences.sum()
    while index < x.count {
      let weight = unsafe Double(exponential(x[unchecked: index] - peak))
      reference.sum += weight
      unsafe candidate.sum += Double(exponential(y[unchecked: index] - otherPeak))
      unsafe difference += weight * (Double(x[unchecked: index]) - Double(y[unchecked: index]))
      index &+= 1
    }
    difference /= reference.sum
  }
}
