import Calibration
import Foundation
import TestSupport
import Tensors
import Testing
import Validation

struct TextMeasurementsTests {
  private let workers = Workers(count: 2)

  private func score(
    _ referenceLoss: Float = 0, _ loss: Float = 0, divergence: Float = 0, sameTop: Bool = true, top5Overlap: Float = 1
  ) -> TokenScore {
    TokenScore(
      referenceLoss: referenceLoss, loss: loss, divergence: divergence, sameTop: sameTop, top5Overlap: top5Overlap)
  }

  /// Sequences of four tokens have one that is scored; longer ones half less one.
  private func material(_ counts: [Int], length: Int = 4) -> ValidationMaterial {
    let corpora = counts.enumerated().map { index, count in
      ValidationCorpus(
        name: "c\(index)",
        TokenSequences(tokens: (0..<count * length).map { Int32($0 + index) }, length: length))
    }
    return ValidationMaterial(corpora: corpora, tasks: [])
  }

  private func value(_ measurements: Measurements, _ measure: Measure, _ scope: Scope = .all) -> Double {
    measurements[measure, in: scope]?.value ?? .nan
  }

  @Test func figuresAreThoseOfTheirDefinitions() throws {
    let scores = [
      score(1, 1.5, divergence: 0.5, top5Overlap: 0.6),
      score(3, 3.5, divergence: 1.5, sameTop: false, top5Overlap: 0.8),
      score(2, 3, divergence: 1),
    ]
    let measured = material([3]).measurements(scores, on: workers)
    #expect(abs(try #require(measured.text).originalPerplexity.value - exp(2)) < 1e-9)
    #expect(abs(value(measured, .perplexity) - exp(8.0 / 3)) < 1e-9)
    #expect(abs(value(measured, .perplexityRatio) - exp(2.0 / 3)) < 1e-9)
    #expect(abs(value(measured, .meanKLD) - 1) < 1e-9)
    #expect(value(measured, .medianKLD) == 1 && value(measured, .maxKLD) == 1.5)
    #expect(abs(value(measured, .top1Agreement) - 2.0 / 3) < 1e-9)
    #expect(abs(value(measured, .top5Agreement) - 0.8) < 1e-6)
    let changes = [(1.5, 1.0), (3.5, 3.0), (3.0, 2.0)].map { pow(exp(-$0.0) - exp(-$0.1), 2) }
    #expect(abs(value(measured, .rmsDeltaP) - (changes.reduce(0, +) / 3).squareRoot()) < 1e-9)
    #expect(measured[.maxKLD]?.high == nil && measured[.p99KLD]?.high != nil)
    for measure in Measure.allCases { #expect((measured[measure] != nil) == (measure.source == .text), "\(measure)") }
  }

  /// The walk down the ranks against sorting every draw anew.
  @Test func quantilesLieBetweenNeighboursInRank() {
    // 0, 1, …, 10 in another order: share s lies at 10 s.
    let order: [Float] = [3, 10, 0, 7, 1, 9, 2, 8, 4, 6, 5]
    let measured = material([11]).measurements(order.map { score(divergence: $0) }, on: workers)
    #expect(value(measured, .medianKLD) == 5 && value(measured, .maxKLD) == 10)
    for (measure, expected) in [(Measure.p90KLD, 9.0), (.p99KLD, 9.9), (.p999KLD, 9.99)] {
      #expect(abs(value(measured, measure) - expected) < 1e-9)
    }
    // With every value twice, 22 ranks: share s lies at 21 s.
    let twice = material([22]).measurements((order + order).map { score(divergence: $0) }, on: workers)
    #expect(value(twice, .medianKLD) == 5)
    #expect(abs(value(twice, .p90KLD) - 9) < 1e-9, "rank 18.9 lies between two nines")
    let one = material([1]).measurements([score(divergence: 0.25)], on: workers)
    #expect(value(one, .medianKLD) == 0.25 && value(one, .p999KLD) == 0.25)
    #expect(one[.meanKLD]?.standardError == nil)
  }

  @Test func corporaAreToldApartAndAddedUp() {
    let scores = (0..<10).map { score(divergence: $0 < 6 ? 1 : 2) }
    let measured = material([6, 4]).measurements(scores, on: workers)
    #expect(measured.corpora.map(\.name) == ["c0", "c1"])
    #expect(value(measured, .meanKLD, .corpus("c0")) == 1 && value(measured, .meanKLD, .corpus("c1")) == 2)
    #expect(abs(value(measured, .meanKLD) - 1.4) < 1e-9)
    #expect((measured[.meanKLD]?.standardError ?? .nan) < 1e-9, "shares are fixed, so nothing varies")
    #expect(measured[.meanKLD, in: .corpus("c2")] == nil)
  }

  @Test func positionsAreBinned() throws {
    // 35 tokens of which 17 are predicted from positions 17 to 33; the divergence is the position.
    let scores = (0..<3).flatMap { _ in (17..<34).map { score(divergence: Float($0)) } }
    let bins = try #require(material([3], length: 35).measurements(scores, on: workers).text).divergenceByPosition
    #expect(bins.count == 8 && bins[0].from == 17 && bins[7].to == 34)
    for bin in bins { #expect(abs(bin.meanDivergence.value - Double(bin.from + bin.to - 1) / 2) < 1e-9) }
    for (left, right) in zip(bins, bins.dropFirst()) { #expect(left.to == right.from) }
  }

  @Test func histogramsCountEveryToken() {
    let values: [Float] = [0, -1e-9, 1e-8, 1e-3, 1.1e-3, 0.5, 99, 100, 1e6, .nan, .infinity]
    let histogram = Histogram(divergences: values)
    #expect(histogram.below + histogram.above + histogram.counts.reduce(0, +) == values.count)
    #expect(histogram.below == 3 && histogram.above == 4, "Float's 1e-8 is a little less")
    #expect(histogram.edges.count == histogram.counts.count + 1)
    for (index, count) in histogram.counts.enumerated() {
      let range = histogram.edges[index]..<histogram.edges[index + 1]
      #expect(values.count { range.contains(Double($0)) } == count)
    }
  }

  /// One broken token among many must not vanish in an order statistic.
  @Test(arguments: [0, 1, 50, 98, 99])
  func notANumberReachesEveryFigure(place: Int) {
    let scores = (0..<100).map { index in
      let value = index == place ? Float.nan : Float(index)
      return score(1, value, divergence: value, sameTop: index != place)
    }
    let measured = material([100]).measurements(scores, on: workers)
    for measure in [Measure.perplexity, .perplexityRatio, .meanKLD, .medianKLD, .p90KLD, .p99KLD, .maxKLD, .rmsDeltaP] {
      #expect(value(measured, measure).isNaN, "\(measure)")
      for confidence in [nil, 0.95] {
        #expect(!Gate(measure, maximum: .infinity, confidence: confidence).judge(measured[measure]).holds)
      }
    }
    #expect(value(measured, .top1Agreement) == 0.99)
  }

  @Test func recordsHoldTheFigures() throws {
    var random = SeededRandom(seed: 5)
    let scores = (0..<20).map { _ in score(1, 1.1, divergence: exp(random.gaussian())) }
    let measured = material([12, 8]).measurements(scores, on: workers)
    let text = try JSONEncoder().encode(measured)
    #expect(try JSONDecoder().decode(Measurements.self, from: text) == measured)
    let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    let figures = (object["text"] as? [String: Any])?["figures"] as? [String: Any]
    #expect((figures?["mean_kld"] as? [String: Any])?["low"] is Double, "figures stand under their names")
  }
}
