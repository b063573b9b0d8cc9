import Schemes
import TestSupport
import Testing

@Suite struct TernaryPatternsTests {
  /// Of a table with a third of all runs, none costs less; and nearly always it is found.
  @Test func isTheCheapestOfTheTable() {
    var random = SeededRandom(seed: 5)
    let positions = Self.table(holding: 0.31, &random)
    var patterns = TernaryPatterns()
    var missed = 0
    for _ in 0..<400 {
      let costs = Self.costs(&random)
      guard let found = patterns.cheapest((costs[0], costs[1], costs[2]), in: positions.span) else {
        missed += 1
        continue
      }
      let all = positions.indices.filter { positions[$0] != .max }.map { (key: $0, cost: Self.cost(costs, $0)) }
      let least = all.reduce(Float.infinity) { min($0, $1.cost) }
      #expect(abs(found.cost - least) <= 1e-5 * abs(least))
      #expect(all.contains { Int(positions[$0.key]) == found.position && abs($0.cost - least) <= 1e-5 * abs(least) })
    }
    #expect(missed <= 8)
  }

  /// A table that holds one run far from the cheapest: that it is not found is said.
  @Test func givesUpWhereTheTableHoldsNothingNear() {
    var positions = [UInt16](repeating: .max, count: 1 << 16)
    positions[0b1010_1010_1010_1010] = 7
    var patterns = TernaryPatterns()
    let none = SIMD8<Float>(repeating: 0)
    #expect(patterns.cheapest((none, none + 1, none + 2), in: positions.span) == nil)
    positions[0b1010_1010_1010_1001] = 8
    let found = patterns.cheapest((none + 2, none + 1, none), in: positions.span)
    #expect(found?.position == 7 && found?.cost == 0)
  }

  private static func table(holding share: Double, _ random: inout SeededRandom) -> [UInt16] {
    var positions = [UInt16](repeating: .max, count: 1 << 16)
    for run in 0..<6561 where Double.random(in: 0..<1, using: &random) < share {
      var (key, rest) = (0, run)
      for column in 0..<8 {
        key |= (rest % 3) << (2 * column)
        rest /= 3
      }
      positions[key] = UInt16(run)
    }
    return positions
  }

  /// What weights cost at the levels −1, 0 and 1.
  private static func costs(_ random: inout SeededRandom) -> [SIMD8<Float>] {
    var (x, w) = (SIMD8<Float>(), SIMD8<Float>())
    for column in 0..<8 {
      x[column] = random.gaussian()
      w[column] = Float.random(in: 0.1...3, using: &random)
    }
    return [-1, 0, 1].map { (level: Float) in w * (x - level) * (x - level) }
  }

  private static func cost(_ costs: [SIMD8<Float>], _ key: Int) -> Float {
    (0..<8).reduce(0) { $0 + costs[key >> (2 * $1) & 3][$1] }
  }
}
