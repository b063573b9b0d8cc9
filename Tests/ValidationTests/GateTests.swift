import Foundation
import Tensors
import Testing
import Validation

struct GateTests {
  @Test(
    arguments: [
      (nil, 1.02, 1.01, true), (nil, 1.02, 1.02, true), (nil, 1.02, 1.03, false), (0.95, nil, 0.96, true),
      (0.95, nil, 0.95, true), (0.95, nil, 0.94, false), (1, 2, 1.5, true), (1, 2, 0.5, false), (1, 2, 2.5, false),
      (2, 1, 1.5, false), (nil, nil, 7, true), (nil, 0, -0.0, true), (nil, 1, .infinity, false),
      (1, nil, .infinity, true),
      (nil, 1, -.infinity, true), (1, nil, -.infinity, false), (nil, .infinity, .infinity, true),
    ] as [(Double?, Double?, Double, Bool)])
  func limitsAreInclusive(minimum: Double?, maximum: Double?, measured: Double, holds: Bool) {
    let gate = Gate(.meanKLD, minimum: minimum, maximum: maximum)
    let result = gate.judge(exactly: measured)
    #expect(result.holds == holds)
    #expect(result.measured == measured)
    #expect(result.gate == gate)
  }

  @Test(arguments: [nil, .nan, -.nan, .signalingNaN] as [Double?])
  func whatWasNotMeasuredHoldsNoLimit(measured: Double?) {
    for (minimum, maximum) in [(nil, 1), (0, nil), (0, 1), (-.infinity, .infinity), (nil, nil)] as [(Double?, Double?)]
    {
      #expect(!Gate(.top1Agreement, minimum: minimum, maximum: maximum).judge(exactly: measured).holds)
    }
  }

  @Test(arguments: [Gate(.meanKLD, minimum: .nan), Gate(.meanKLD, maximum: .nan)])
  func aLimitThatIsNoNumberIsHeldByNothing(gate: Gate) {
    #expect(!gate.judge(exactly: 0).holds)
    #expect(!gate.judge(exactly: .infinity).holds)
  }

  @Test func aConfidentGateJudgesTheWorseEnd() throws {
    let estimate = Bootstrap(strata: [20]).estimates(on: Workers(count: 1)) { weights in
      [zip(weights, 0..<20).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / 20]
    }[0]
    let (low, high) = (try #require(estimate.low), try #require(estimate.high))
    #expect(low < 9.5 && 9.5 < high)
    let between = (9.5 + high) / 2
    #expect(Gate(.meanKLD, maximum: between).judge(estimate).holds)
    let strict = Gate(.meanKLD, maximum: between, confidence: 0.95).judge(estimate)
    #expect(!strict.holds && strict.measured == 9.5 && strict.interval == Interval(low: low, high: high))
    #expect(try #require(strict.margin) == between - high)
    #expect(Gate(.meanKLD, maximum: between, confidence: 0.5).judge(estimate).holds)
    #expect(!Gate(.top1Agreement, minimum: (9.5 + low) / 2, confidence: 0.95).judge(estimate).holds)
    #expect(Gate(.top1Agreement, minimum: low, confidence: 0.95).judge(estimate).holds)
  }

  /// One sequence has no interval, and what was read from a record has only that of 95 %.
  @Test func withoutAnIntervalNoConfidentGateHolds() throws {
    let one = Bootstrap(strata: [1]).estimates(on: Workers(count: 1)) { _ in [0] }[0]
    #expect(one.value == 0 && one.high == nil)
    #expect(!Gate(.meanKLD, maximum: 1, confidence: 0.95).judge(one).holds)
    #expect(Gate(.meanKLD, maximum: 1).judge(one).holds)
  }

  @Test(
    arguments: [
      (Measure.meanKLD, Allowance.absolute(0.1), 1.05, true), (.meanKLD, .absolute(0.1), 1.2, false),
      (.meanKLD, .share(0.1), 1.09, true), (.meanKLD, .absolute(0), 1, true), (.meanKLD, .absolute(0), 1.001, false),
      (.meanKLD, .absolute(0), 0.5, true), (.top1Agreement, .absolute(0.1), 0.95, true),
      (.top1Agreement, .share(0.01), 0.98, false), (.top1Agreement, .absolute(0), 2, true),
    ])
  func aBaselineIsALimitOnTheWorseSide(measure: Measure, worseBy: Allowance, measured: Double, holds: Bool) {
    let gate = Gate(measure, worseBy: worseBy)
    #expect(gate.judge(exactly: measured, baseline: 1).holds == holds)
    #expect(!gate.judge(exactly: measured).holds, "without a baseline nothing holds")
    #expect(!gate.judge(exactly: measured, baseline: .nan).holds)
    #expect(!gate.judge(exactly: .nan, baseline: 1).holds)
  }

  @Test func theStricterOfTwoLimitsCounts() {
    let gate = Gate(.meanKLD, maximum: 1.02, worseBy: .absolute(0.1))
    #expect(gate.judge(exactly: 1.01, baseline: 1).maximum == 1.02)
    #expect(gate.judge(exactly: 1.01, baseline: 0.5).maximum == 0.6)
  }

  @Test(arguments: [("5%", Allowance.share(0.05)), ("0.1", .absolute(0.1)), ("0", .absolute(0))])
  func allowancesAreNumbersOrPercentages(text: String, expected: Allowance) {
    #expect(Allowance(text) == expected)
  }

  @Test(arguments: ["", "%", "-1", "nan", "inf", "0x1", "5 %%", "five", "1e999"])
  func otherAllowancesAreNone(text: String) {
    #expect(Allowance(text) == nil)
  }

  @Test func gatesSurviveTheirRecord() throws {
    let gates = [
      Gate(.meanKLD, in: .corpus("code"), maximum: 1, worseBy: .share(0.05), confidence: 0.9),
      Gate(.accuracy, in: .task("law"), minimum: 0.5, worseBy: .absolute(0.5)), Gate(.fallbacks, maximum: 0),
    ]
    #expect(try JSONDecoder().decode([Gate].self, from: JSONEncoder().encode(gates)) == gates)
  }
}
