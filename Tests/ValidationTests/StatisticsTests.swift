import Foundation
import TestSupport
import Tensors
import Testing
import Validation

struct StatisticsTests {
  /// Tables of the normal and of Student's distribution.
  @Test(arguments: [(0.975, 1.959964), (0.95, 1.644854), (0.5, 0), (0.025, -1.959964), (0.999, 3.090232)])
  func normalQuantiles(p: Double, x: Double) {
    #expect(abs(NormalDistribution.quantile(p) - x) < 1e-6)
    #expect(abs(NormalDistribution.probability(below: x) - p) < 1e-6)
  }

  @Test(
    arguments: [
      (1, 0.975, 12.7062), (2, 0.975, 4.3027), (3, 0.975, 3.1824), (5, 0.95, 2.0150), (10, 0.995, 3.1693),
      (30, 0.025, -2.0423), (1000, 0.975, 1.9623),
    ])
  func studentQuantiles(freedom: Int, p: Double, t: Double) {
    #expect(abs(StudentDistribution(freedom: freedom).quantile(p) / t - 1) < 2e-3)
  }

  /// A mean over 12 units has the interval that Student's distribution gives it.
  @Test func intervalsOfMeansAreStudents() throws {
    var random = SeededRandom(seed: 1)
    let values = (0..<12).map { _ in Double(random.gaussian()) }
    let estimate = Bootstrap(strata: [12]).estimates(on: Workers(count: 2)) { weights in
      [zip(values, weights).reduce(0) { $0 + $1.0 * Double($1.1) } / 12]
    }[0]
    let mean = values.reduce(0, +) / 12
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 11 / 12).squareRoot()
    #expect(abs(estimate.value - mean) < 1e-12)
    #expect(abs(try #require(estimate.standardError) / error - 1) < 0.05)
    let width = try #require(estimate.high) - #require(estimate.low)
    #expect(abs(width / (2 * 2.201 * error) - 1) < 0.12)
  }

  @Test func drawsDependOnTheSeedAloneAndKeepStrata() {
    func estimate(_ workers: Int) -> [Estimate] {
      Bootstrap(strata: [3, 5]).estimates(on: Workers(count: workers)) { weights in
        [Double(weights.prefix(3).reduce(0, +)), Double(weights[0]) - Double(weights[7])]
      }
    }
    let estimates = estimate(1)
    #expect(estimates == estimate(3))
    #expect(estimates[0].low == 3 && estimates[0].high == 3, "each stratum is drawn from by itself")
    #expect((estimates[1].standardError ?? 0) > 0.5)
  }

  @Test func oneBrokenUnitBreaksTheEstimate() {
    let estimate = Bootstrap(strata: [4]).estimates(on: Workers(count: 1)) { weights in
      [weights[2] > 0 ? .nan : 1]
    }[0]
    #expect(estimate.value.isNaN && estimate.high?.isNaN == true)
  }

  /// The promise of an interval: 95 of 100 halves of a suite tell where the whole of it is.
  ///
  /// Halves are drawn without replacement, so their means vary by √(1 − ½) of what independent samples would; intervals,
  /// which are made for the latter, are narrowed by as much before they are judged. Over six suites, because how skewed
  /// the sequences of one suite happen to be moves its own coverage by a few per cent.
  @Test func intervalsCoverTheWholeInNinetyFiveOfAHundredHalves() throws {
    let (suites, halves) = (6, 100)
    let measures: [Measure] = [.meanKLD, .medianKLD, .p90KLD, .perplexityRatio, .top1Agreement, .rmsDeltaP]
    var covered: [Measure: Int] = [:]
    for suite in 0..<suites {
      var random = SeededRandom(seed: UInt64(suite + 1))
      let scores = suiteOfScores(&random)
      let whole = measure(scores)
      for _ in 0..<halves {
        let half = measure(Array(scores.shuffled(using: &random).prefix(scores.count / 2)))
        for measure in measures {
          let truth = try #require(whole[measure]).value
          covered[measure, default: 0] += covers(try #require(half[measure]), truth) ? 1 : 0
        }
      }
    }
    for measure in measures {
      let share = Double(covered[measure] ?? 0) / Double(suites * halves)
      #expect(0.92 < share && share < 0.98, "\(measure): \(share)")
    }
  }

  /// Sixty-four sequences of divergences as they are: most small, a few large, more alike inside of a sequence than
  /// between them.
  private func suiteOfScores(_ random: inout SeededRandom) -> [[TokenScore]] {
    var suite: [[TokenScore]] = []
    for _ in 0..<64 {
      let level = 0.5 * random.gaussian()
      var scores: [TokenScore] = []
      for _ in 0..<32 {
        scores.append(
          TokenScore(
            referenceLoss: 3, loss: 3 + 0.1 * random.gaussian() + 0.02 * level,
            divergence: exp(level + random.gaussian() - 5), sameTop: random.gaussian() + level < 1.3, top5Overlap: 1))
      }
      suite.append(scores)
    }
    return suite
  }

  /// Whether an estimate from a half, its interval narrowed for a finite whole, holds the figure of the whole.
  private func covers(_ estimate: Estimate, _ truth: Double) -> Bool {
    guard let low = estimate.low, let high = estimate.high else { return false }
    let narrowing = 0.5.squareRoot()
    return estimate.value + narrowing * (low - estimate.value) <= truth
      && truth <= estimate.value + narrowing * (high - estimate.value)
  }

  private func measure(_ scores: [[TokenScore]]) -> Measurements {
    // Of 66 tokens the second half holds 32 that are scored.
    let length = 2 * scores[0].count + 2
    let material = ValidationMaterial(
      corpora: [.init(name: "t", .init(tokens: [Int32](repeating: 0, count: scores.count * length), length: length))],
      tasks: [])
    return material.measurements(scores.flatMap { $0 }, on: Workers(count: 2))
  }
}
