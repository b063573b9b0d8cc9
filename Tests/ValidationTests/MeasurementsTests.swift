import Foundation
import Testing
import Validation

struct MeasurementsTests {
  private func score(
    _ referenceLoss: Float = 0, _ loss: Float = 0, divergence: Float = 0, sameTop: Bool = true
  ) -> TokenScore {
    TokenScore(referenceLoss: referenceLoss, loss: loss, divergence: divergence, sameTop: sameTop)
  }

  @Test func estimatesAreMeansWithTheirStandardErrors() {
    // Mean 5, sample variance 20 / 3, error of the mean √(20 / 3 / 4).
    let estimate = Estimate(meanOf: [2, 4, 6, 8])
    #expect(estimate.value == 5)
    #expect(abs(estimate.standardError - (5.0 / 3).squareRoot()) < 1e-12)
    #expect(Estimate(meanOf: [3]) == Estimate(value: 3, standardError: 0))
    #expect(Estimate(meanOf: []).value.isNaN)
  }

  @Test func perplexitiesArePairedExponentials() {
    let measurements = Measurements([score(1, 1.5), score(3, 3.5), score(2, 3)])
    #expect(measurements.scoredTokens == 3)
    #expect(abs(measurements.referencePerplexity.value - exp(2)) < 1e-9)
    #expect(abs(measurements.perplexity.value - exp(8.0 / 3)) < 1e-9)
    #expect(abs(measurements.perplexityRatio.value - exp(2.0 / 3)) < 1e-9)
    // Differences 0.5, 0.5, 1: sample variance 1/12, over 3 tokens 1/36.
    #expect(abs(measurements.perplexityRatio.standardError - exp(2.0 / 3) / 6) < 1e-9)
    // Losses 1, 3, 2: sample variance 1, over 3 tokens 1/3.
    #expect(abs(measurements.referencePerplexity.standardError - exp(2) / 3.0.squareRoot()) < 1e-9)
  }

  @Test func quantilesLieBetweenNeighbours() {
    // 0, 1, …, 10 in another order: share s lies at 10 s.
    let order: [Float] = [3, 10, 0, 7, 1, 9, 2, 8, 4, 6, 5]
    let measurements = Measurements(order.map { score(divergence: $0) })
    #expect(measurements.meanDivergence.value == 5)
    #expect(measurements.medianDivergence == 5)
    #expect(abs(measurements.divergence90 - 9) < 1e-9)
    #expect(abs(measurements.divergence99 - 9.9) < 1e-9)
    #expect(measurements.maximumDivergence == 10)
    let two = Measurements([score(divergence: 4), score(divergence: 2)])
    #expect(two.medianDivergence == 3)
    #expect(abs(two.divergence90 - 3.8) < 1e-9)
    let one = Measurements([score(divergence: 0.25)])
    #expect(one.medianDivergence == 0.25 && one.divergence99 == 0.25 && one.maximumDivergence == 0.25)
  }

  @Test func agreementIsAShare() {
    let measurements = Measurements([true, true, false, true].map { score(sameTop: $0) })
    #expect(measurements.topAgreement.value == 0.75)
    #expect(abs(measurements.topAgreement.standardError - 0.25) < 1e-12)
  }

  /// One broken token among many must not vanish in an order statistic.
  @Test(arguments: [0, 1, 50, 98, 99])
  func notANumberReachesEveryFigure(place: Int) {
    let measurements = Measurements(
      (0..<100).map { index in
        let value = index == place ? Float.nan : Float(index)
        return score(1, value, divergence: value, sameTop: index != place)
      })
    for measure in [Measure.perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .maxKLD] {
      #expect(measurements[measure]?.isNaN == true, "\(measure)")
      #expect(!Gate(measure, maximum: .infinity).judge(measurements[measure]).holds)
    }
    #expect(measurements[.top1Agreement] == 0.99)
    #expect(abs(measurements.referencePerplexity.value - exp(1)) < 1e-9)
  }

  @Test func anInfiniteDivergenceIsTheLargest() {
    let measurements = Measurements([score(divergence: .infinity), score(divergence: 1), score(divergence: 1)])
    #expect(measurements.maximumDivergence == .infinity)
    #expect(measurements.meanDivergence.value == .infinity)
  }

  @Test func measuresThatComeFromTextAreTheFigures() {
    let measurements = Measurements([score(1, 2, divergence: 0.5, sameTop: false)])
    let figures: [Measure: Double] = [
      .perplexity: exp(2), .perplexityRatio: exp(1), .meanKLD: 0.5, .medianKLD: 0.5, .p90KLD: 0.5, .p99KLD: 0.5,
      .maxKLD: 0.5, .top1Agreement: 0,
    ]
    for measure in Measure.allCases {
      #expect((measurements[measure] == nil) == (measure.source != .text), "\(measure)")
      #expect(abs((measurements[measure] ?? 0) - (figures[measure] ?? 0)) < 1e-9, "\(measure)")
    }
  }
}
