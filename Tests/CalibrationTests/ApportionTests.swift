import Calibration
import TestSupport
import Testing

struct ApportionTests {
  @Test(
    arguments: [
      (10, [1], [10]), (10, [1, 1], [5, 5]), (10, [0.7, 0.3], [7, 3]), (128, [0.7, 0.3], [90, 38]),
      // Exact shares 3.33 each: the one left over goes to the first.
      (10, [1, 1, 1], [4, 3, 3]), (11, [1, 1, 1], [4, 4, 3]),
      // Exact shares 1.4, 1.4, 4.2 and 0.5, 0.5: the largest remainders first, ties in order.
      (7, [2, 2, 6], [2, 1, 4]), (1, [5, 5], [1, 0]), (3, [1, 1, 100], [0, 0, 3]), (0, [1, 2], [0, 0]),
      (5, [1e-300, 1e-300], [3, 2]), (5, [1e308, 1.5e308], [2, 3]),
      (4, [Double.leastNonzeroMagnitude, 1.7e308], [0, 4]),
    ] as [(Int, [Double], [Int])])
  func largestRemaindersGetWhatIsLeft(total: Int, shares: [Double], expected: [Int]) {
    #expect(apportion(total, by: shares) == expected)
  }

  @Test func countsAlwaysAddUpAndStayWithinOneOfTheExactShare() {
    var random = SeededRandom(seed: 8)
    for _ in 0..<2000 {
      let shares = (0..<Int.random(in: 1...9, using: &random)).map { _ in Double.random(in: 0.001...10, using: &random)
      }
      let total = Int.random(in: 0...5000, using: &random)
      let counts = apportion(total, by: shares)
      #expect(counts.reduce(0, +) == total)
      let sum = shares.reduce(0, +)
      for (count, share) in zip(counts, shares) { #expect(abs(Double(count) - Double(total) * share / sum) < 1) }
    }
  }
}
