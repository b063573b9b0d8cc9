import Schemes
import TestSupport
import Testing

@Suite struct TernarySplitTests {
  /// No assignment of levels to weights leaves less at its best scale.
  @Test(arguments: [1, 2, 5, 8], [Float(0.125), -0.125, 0])
  func isTheBestOfAllAssignments(_ count: Int, _ shift: Float) throws {
    var random = SeededRandom(seed: UInt64(count))
    for _ in 0..<20 {
      let x = (0..<count).map { _ in random.gaussian() }
      let w = (0..<count).map { _ in Float.random(in: 0.1...3, using: &random) }
      var best = 0.0
      for assignment in 0..<Self.power(3, count) {
        var (qq, qx, rest) = (0.0, 0.0, assignment)
        for index in 0..<count {
          let level = Double(Float(rest % 3 - 1) + shift)
          rest /= 3
          qq += Double(w[index]) * level * level
          qx += Double(w[index]) * level * Double(x[index])
        }
        if qx > 0, qq > 0 { best = max(best, qx * qx / qq) }
      }
      guard let found = TernarySplit(x.span, w.span).best(shift: shift) else {
        #expect(best == 0)
        continue
      }
      #expect(abs(Double(found.qx) * Double(found.qx) / Double(found.qq) / best - 1) < 1e-4)
    }
  }

  /// Of a full group the best is no worse than what any scale leads to, each weight rounded by itself.
  @Test(arguments: [16, 32], [Float(0.125), -0.125])
  func isNoWorseThanAnyScale(_ count: Int, _ shift: Float) throws {
    var random = SeededRandom(seed: 3)
    for _ in 0..<20 {
      let x = (0..<count).map { _ in random.gaussian() }
      let w = (0..<count).map { _ in Float.random(in: 0.1...3, using: &random) }
      let found = try #require(TernarySplit(x.span, w.span).best(shift: shift))
      for step in 1...60 {
        let scale = 0.05 * Float(step)
        var (qq, qx) = (Float(0), Float(0))
        for index in 0..<count {
          let level = max(-1, min(1, (x[index] / scale - shift).rounded())) + shift
          qq += w[index] * level * level
          qx += w[index] * level * x[index]
        }
        guard qx > 0 else { continue }
        #expect(qx * qx / qq <= found.qx * found.qx / found.qq * 1.0001)
      }
    }
  }

  private static func power(_ base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { power, _ in power * base }
  }
}
