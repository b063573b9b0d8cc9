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
    let result = gate.judge(measured)
    #expect(result.holds == holds)
    #expect(result.measured == measured)
    #expect(result.gate == gate)
  }

  @Test(arguments: [nil, .nan, -.nan, .signalingNaN] as [Double?])
  func whatWasNotMeasuredHoldsNoLimit(measured: Double?) {
    for (minimum, maximum) in [(nil, 1), (0, nil), (0, 1), (-.infinity, .infinity), (nil, nil)] as [(Double?, Double?)]
    {
      #expect(!Gate(.top1Agreement, minimum: minimum, maximum: maximum).judge(measured).holds)
    }
  }

  @Test(arguments: [Gate(.meanKLD, minimum: .nan), Gate(.meanKLD, maximum: .nan)])
  func aLimitThatIsNoNumberIsHeldByNothing(gate: Gate) {
    #expect(!gate.judge(0).holds)
    #expect(!gate.judge(.infinity).holds)
  }

  @Test func namesAreThoseOfPipelineFiles() {
    #expect(
      Measure.allCases.map(\.rawValue) == [
        "perplexity", "perplexity_ratio", "mean_kld", "median_kld", "p90_kld", "p99_kld", "max_kld", "top1_agreement",
        "fallbacks", "max_layer_error", "file_bytes", "bits_per_weight",
      ])
  }
}
