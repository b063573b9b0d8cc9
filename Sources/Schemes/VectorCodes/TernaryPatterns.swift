/// Runs of eight ternary levels in the order of what they cost, where each column's error counts by itself.
///
/// A table with a good part of all 6,561 runs has the cheapest of them, or one of the next few: looking at runs in order finds the
/// table's best without looking at its vectors.
package struct TernaryPatterns: ~Copyable {
  /// The bit at which each column's digit stands in a key.
  private static let places = SIMD8<Int32>(0, 2, 4, 6, 8, 10, 12, 14)

  /// Another level than a column's best one.
  private struct Change {
    /// What the column pays for it.
    var cost: Float = 0
    /// What it adds to the key of the run.
    var key = 0
    /// One of the four bits that belong to the column: a sum of changes in which a column appears twice has another of them.
    var column: UInt32 = 0
  }

  /// Some changes together; the one at `last` is the dearest.
  private struct State {
    var cost: Float = 0
    var key = 0
    var columns: UInt32 = 0
    var last = 0
  }

  /// What the changes cost that are in no order yet, two of each column, eight lanes apart; infinity in the place of the others.
  private var costs = Lanes()
  /// What they add to the key.
  private var keys = SIMD16<Int32>()
  /// The first `sorted` changes in the order of their costs.
  private var changes = InlineArray<16, Change>(repeating: Change())
  private var sorted = 0
  private var states = InlineArray<64, State>(repeating: State())
  private var count = 0

  package init() {}

  /// The cheapest run that a table has; nil where it lies beyond the first few dozen.
  ///
  /// - Parameters:
  ///   - costs: what each column pays for its lowest level, the middle one, and the highest.
  ///   - positions: where runs stand in the table, by keys of two bits a column; `UInt16.max` where they do not.
  package mutating func cheapest(
    _ costs: (low: Eight, middle: Eight, high: Eight), in positions: Span<UInt16>
  ) -> (position: Int, cost: Float)? {
    var least = costs.low.replacing(with: costs.middle, where: costs.middle .< costs.low)
    least.replace(with: costs.high, where: costs.high .< least)
    let isLow = costs.low .== least
    let isMiddle = .!isLow .& (costs.middle .== least)
    let digits = SIMD8<Int32>(repeating: 2).replacing(with: 1, where: isMiddle).replacing(with: 0, where: isLow)
    let key = Int((digits &<< Self.places).wrappedSum())
    if positions[key] != .max { return (Int(positions[key]), least.sum()) }
    // The two levels that are not the best one, in their order, and how far they are from it.
    let isHigh = .!(isLow .| isMiddle)
    let first = costs.low.replacing(with: costs.middle, where: isLow)
    let second = costs.high.replacing(with: costs.middle, where: isHigh)
    self.costs = Lanes(lowHalf: first - least, highHalf: second - least)
    let toFirst = SIMD8<Int32>(repeating: -1).replacing(with: -2, where: isHigh).replacing(with: 1, where: isLow)
    let toSecond = SIMD8<Int32>(repeating: 1).replacing(with: -1, where: isHigh).replacing(with: 2, where: isLow)
    keys = SIMD16(lowHalf: toFirst &<< Self.places, highHalf: toSecond &<< Self.places)
    sorted = 0
    let cheapest = change(0)
    states[0] = State(cost: cheapest.cost, key: cheapest.key, columns: cheapest.column, last: 0)
    count = 1
    while count > 0 {
      let state = takeCheapest()
      let isRun = state.columns & 0xEEEE_EEEE == 0
      if isRun, positions[key + state.key] != .max {
        return (Int(positions[key + state.key]), least.sum() + state.cost)
      }
      guard state.last < 15 else { continue }
      guard count <= 62 else { return nil }
      // The same changes and the next one, and the next one in the place of the last.
      let (last, next) = (change(state.last), change(state.last + 1))
      if isRun {
        states[count] = State(
          cost: state.cost + next.cost, key: state.key + next.key, columns: state.columns + next.column,
          last: state.last + 1)
        count += 1
      }
      states[count] = State(
        cost: state.cost - last.cost + next.cost, key: state.key - last.key + next.key,
        columns: state.columns - last.column + next.column, last: state.last + 1)
      count += 1
    }
    return nil
  }

  /// The change at a place in the order of costs, which is brought about as far as it is asked for.
  private mutating func change(_ place: Int) -> Change {
    while sorted <= place {
      let lane = costs.indexOfSmallest()
      changes[sorted] = Change(cost: costs[lane], key: Int(keys[lane]), column: 1 << UInt32(4 * (lane % 8)))
      costs[lane] = .infinity
      sorted += 1
    }
    return changes[place]
  }

  private mutating func takeCheapest() -> State {
    var best = 0
    for place in 1..<max(1, count) where states[place].cost < states[best].cost { best = place }
    let state = states[best]
    count -= 1
    states[best] = states[count]
    return state
  }
}
