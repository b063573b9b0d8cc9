import Pipeline
import TestSupport
import Testing

@Suite struct BitBudgetTests {
  private typealias Choice = BitBudget.Choice

  private static func items(seed: UInt64) -> [[Choice]] {
    var random = SeededRandom(seed: seed)
    return (0..<5).map { _ in
      (0..<4).map { _ in
        Choice(bits: Int.random(in: 10...60, using: &random), error: Double.random(in: 0...1, using: &random))
      }
    }
  }

  private static func total(_ items: [[Choice]], _ places: [Int]) -> (bits: Int, error: Double) {
    zip(items, places).reduce((0, 0)) { ($0.0 + $1.0[$1.1].bits, $0.1 + $1.0[$1.1].error) }
  }

  /// Never beyond the budget, and no further from the best of all combinations than one step can be.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func nearlyTheBestOfAllCombinations(_ seed: UInt64) {
    let items = Self.items(seed: seed)
    let cheapest = items.reduce(0) { $0 + ($1.map(\.bits).min() ?? 0) }
    for budget in stride(from: cheapest, to: 300, by: 17) {
      let found = Self.total(items, BitBudget.spend(budget, on: items))
      #expect(found.bits <= budget)
      var best = Double.infinity
      for code in 0..<1024 {
        let places = (0..<5).map { code >> (2 * $0) & 3 }
        let total = Self.total(items, places)
        if total.bits <= budget { best = min(best, total.error) }
      }
      #expect(found.error <= best + 1)
    }
  }

  /// With a budget for everything, every item has its smallest error.
  @Test func withoutLimitsEveryErrorIsTheSmallest() {
    let items = Self.items(seed: 3)
    let places = BitBudget.spend(1_000_000, on: items)
    for (item, place) in zip(items, places) { #expect(item[place].error == item.map(\.error).min()) }
  }

  /// Steps are taken by what a bit is worth: 10 bits for 0.5 before 10 bits for 0.4, and choices that a line between two
  /// others undercuts are never taken.
  @Test func stepsAreTakenByWhatABitIsWorth() {
    let first = [Choice(bits: 10, error: 1), Choice(bits: 20, error: 0.5), Choice(bits: 30, error: 0.45)]
    let second = [Choice(bits: 10, error: 1), Choice(bits: 15, error: 0.95), Choice(bits: 20, error: 0.6)]
    #expect(BitBudget.spend(20, on: [first, second]) == [0, 0])
    #expect(BitBudget.spend(30, on: [first, second]) == [1, 0])
    #expect(BitBudget.spend(35, on: [first, second]) == [1, 0])
    #expect(BitBudget.spend(40, on: [first, second]) == [1, 2])
    #expect(BitBudget.spend(50, on: [first, second]) == [2, 2])
  }

  @Test func aBudgetThatCoversNothingTakesTheCheapest() {
    #expect(BitBudget.spend(0, on: [[Choice(bits: 5, error: 1), Choice(bits: 3, error: 2)]]) == [1])
    #expect(BitBudget.spend(10, on: []).isEmpty)
  }

  /// The frontier is what growing budgets buy, and a limit on the error buys the first of it that keeps the limit.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func theFrontierIsWhatGrowingBudgetsBuy(_ seed: UInt64) throws {
    let items = Self.items(seed: seed)
    let frontier = BitBudget.frontier(of: items)
    for (cheaper, dearer) in zip(frontier, frontier.dropFirst()) {
      let (first, second) = (Self.total(items, cheaper), Self.total(items, dearer))
      #expect(first.bits < second.bits && first.error > second.error)
      #expect(BitBudget.spend(until: (first.error + second.error) / 2, on: items) == dearer)
      #expect(BitBudget.spend(until: second.error, on: items) == dearer)
    }
    let last = Self.total(items, try #require(frontier.last))
    #expect(BitBudget.spend(until: last.error * 0.999, on: items) == nil)
    #expect(BitBudget.spend(until: .infinity, on: items) == frontier.first)
  }
}
