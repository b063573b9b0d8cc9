import Foundation
import TestSupport
import Tensors
import Testing
import Validation

struct TokenScoreTests {
  /// Log-probabilities in double precision.
  private func logarithms(_ logits: borrowing Matrix) -> [Double] {
    let values = logits.array().map { Double($0) }
    let peak = values.max() ?? 0
    let sum = log(values.reduce(0) { $0 + exp($1 - peak) }) + peak
    return values.map { $0 - sum }
  }

  @Test(arguments: [1, 2, 15, 16, 17, 100, 4096], [Float(0.1), 4, 30])
  func scoresAreThoseOfASlowSoftmax(vocabulary: Int, scale: Float) {
    var random = SeededRandom(seed: UInt64(vocabulary))
    let reference = random.gaussianMatrix(rows: 1, columns: vocabulary, scale: scale)
    var candidate = reference.copy()
    for column in 0..<vocabulary { candidate[0, column] += 0.3 * random.gaussian() }
    let token = vocabulary / 2
    let score = TokenScore(reference: reference.row(0), candidate: candidate.row(0), next: token)
    let p = logarithms(reference)
    let q = logarithms(candidate)
    let divergence = zip(p, q).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    #expect(abs(Double(score.referenceLoss) + p[token]) < 1e-4)
    #expect(abs(Double(score.loss) + q[token]) < 1e-4)
    #expect(abs(Double(score.divergence) - divergence) < 2e-5)
    #expect(score.sameTop == (p.firstIndex(of: p.max() ?? 0) == q.firstIndex(of: q.max() ?? 0)))
    #expect(loss(candidate.row(0), next: token) == score.loss)
    func top(_ values: [Double]) -> Set<Int> { Set(values.indices.sorted { values[$0] > values[$1] }.prefix(5)) }
    let shared = top(p).intersection(top(q)).count
    #expect(score.top5Overlap == Float(shared) / Float(min(5, vocabulary)))
    #expect(abs(score.probabilityChange - (exp(q[token]) - exp(p[token]))) < 1e-5)
  }

  /// Two models that hardly differ, with logits far from zero: what is told of them is their divergence and not the rounding of
  /// its sums, token by token and above all on average.
  @Test(arguments: [Float(1e-3), 3e-4])
  func smallDivergencesKeepTheirDigits(change: Float) {
    var random = SeededRandom(seed: 31)
    var (largest, mean, expectedMean) = (0.0, 0.0, 0.0)
    let rows = 60
    for row in 0..<rows {
      let reference = random.gaussianMatrix(rows: 1, columns: 8000, scale: 2.5)
      var shifted = reference.copy()
      var candidate = reference.copy()
      for column in 0..<8000 {
        shifted[0, column] += 19
        candidate[0, column] = shifted[0, column] + change * random.gaussian()
      }
      let (p, q) = (logarithms(shifted), logarithms(candidate))
      let divergence = zip(p, q).reduce(0.0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      let found = Double(TokenScore(reference: shifted.row(0), candidate: candidate.row(0), next: row).divergence)
      largest = max(largest, abs(found - divergence))
      mean += (found - divergence) / Double(rows)
      expectedMean += divergence / Double(rows)
    }
    #expect(largest < 1.5e-7, "\(largest)")
    #expect(abs(mean) < 0.1 * expectedMean + 1e-8, "\(mean) beside \(expectedMean)")
  }

  @Test func equalLogitsDivergeByNothing() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<50 {
      let logits = random.gaussianMatrix(rows: 1, columns: 999, scale: 10)
      let score = TokenScore(reference: logits.row(0), candidate: logits.row(0), next: 7)
      #expect(score.divergence == 0)
      #expect(score.sameTop)
      #expect(score.loss == score.referenceLoss)
    }
  }

  /// Logits that differ by a constant mean the same probabilities.
  @Test func aConstantAddedToAllLogitsChangesNothing() {
    var random = SeededRandom(seed: 4)
    let reference = random.gaussianMatrix(rows: 1, columns: 500, scale: 3)
    var candidate = reference.copy()
    for column in 0..<500 { candidate[0, column] += 16 }
    let score = TokenScore(reference: reference.row(0), candidate: candidate.row(0), next: 0)
    #expect(abs(score.divergence) < 1e-5)
    #expect(abs(score.loss - score.referenceLoss) < 1e-5)
    #expect(score.sameTop)
  }

  @Test func knownByHand() {
    // p = (1/2, 1/2), q = (1/4, 3/4).
    let reference = Matrix(rows: 1, columns: 2, [0, 0])
    let candidate = Matrix(rows: 1, columns: 2, [0, Float(log(3.0))])
    let score = TokenScore(reference: reference.row(0), candidate: candidate.row(0), next: 1)
    #expect(abs(Double(score.referenceLoss) - log(2)) < 1e-6)
    #expect(abs(Double(score.loss) + log(0.75)) < 1e-6)
    #expect(abs(Double(score.divergence) - 0.5 * log(4.0 / 3)) < 1e-6)
    // Of two equal logits the first is the top.
    #expect(!score.sameTop)
  }

  @Test func logitsFarApartStayFinite() {
    let reference = Matrix(rows: 1, columns: 20) { $1 == 3 ? 0 : -1e9 }
    let candidate = Matrix(rows: 1, columns: 20) { $1 == 3 ? 1e4 : -1e6 }
    let score = TokenScore(reference: reference.row(0), candidate: candidate.row(0), next: 3)
    #expect(score == TokenScore(referenceLoss: 0, loss: 0, divergence: 0, sameTop: true, top5Overlap: 1))
  }

  @Test(arguments: [0, 7], [Float.nan, .infinity])
  func brokenLogitsNeverAgree(place: Int, value: Float) {
    let reference = Matrix(rows: 1, columns: 20) { $1 == place ? 9 : 0 }
    var candidate = reference.copy()
    candidate[0, place] = value
    let score = TokenScore(reference: reference.row(0), candidate: candidate.row(0), next: 3)
    #expect(!score.loss.isFinite)
    #expect(score.divergence.isNaN)
    #expect(!score.sameTop)
  }
}
