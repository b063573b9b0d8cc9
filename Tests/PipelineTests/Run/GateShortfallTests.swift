import Foundation
import Pipeline
import Testing
import Validation

/// What failed gates ask of the divergence.
struct GateShortfallTests {
  private func share(
    _ measure: Measure, _ value: Double, max: Double? = nil, min: Double? = nil, originalPerplexity: Double? = nil
  ) -> Double? {
    let gate = Gate(measure, minimum: min, maximum: max)
    return gate.judge(exactly: value).shortfall(originalPerplexity: originalPerplexity)
  }

  private func isNear(_ found: Double?, _ expected: Double) -> Bool { abs((found ?? .nan) - expected) < 1e-12 }

  @Test func divergencesFallByTheirLimits() {
    for measure in [Measure.meanKLD, .medianKLD, .p90KLD, .p99KLD, .p999KLD, .maxKLD] {
      #expect(isNear(share(measure, 0.02, max: 0.005), 0.25))
    }
  }

  @Test func perplexityGoesByItsLogarithm() {
    #expect(isNear(share(.perplexityRatio, exp(0.04), max: exp(0.01)), 0.25))
    #expect(isNear(share(.perplexity, 10 * exp(0.04), max: 10 * exp(0.01), originalPerplexity: 10), 0.25))
    #expect(share(.perplexity, 12, max: 11) == nil)
    // No budget makes a product better than the original.
    #expect(share(.perplexityRatio, 1.01, max: 0.99) == 0)
  }

  @Test func sharesOfTokensGoWithTheRoot() {
    #expect(isNear(share(.top1Agreement, 0.9, min: 0.95), 0.25))
    #expect(isNear(share(.rmsDeltaP, 0.04, max: 0.02), 0.25))
    #expect(isNear(share(.flips, 0.1, max: 0.05), 0.25))
    #expect(share(.accuracy, 0.5, min: 0.6) == 0.5)
  }

  /// A gate that holds, or asks for a worse figure, or is no number, or that bits do not mend.
  @Test func othersAskForNothing() {
    #expect(share(.meanKLD, 0.01, max: 0.02) == nil)
    #expect(share(.meanKLD, 0.01, min: 0.02) == nil)
    #expect(share(.meanKLD, .nan, max: 0.02) == nil)
    for measure in Measure.allCases where !measure.isMendedByBits {
      #expect(share(measure, measure.better == .lower ? 0.9 : 0.1, max: 0.5, min: 0.5) == nil)
    }
  }

  /// The worse end of the interval is what has to fall.
  @Test func confidentGatesGoByTheWorseEnd() {
    let gate = Gate(.meanKLD, maximum: 0.02, confidence: 0.95)
    let failed = GateResult(
      gate: gate, measured: 0.015, interval: Interval(low: 0.01, high: 0.08), baseline: nil, minimum: nil,
      maximum: 0.02, margin: -0.06, holds: false)
    #expect(isNear(failed.shortfall(originalPerplexity: nil), 0.25))
  }
}
