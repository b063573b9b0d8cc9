/// Runs of eight ternary levels in the order of what they cost, where each column's error counts by itself.
///
/// A table with a good part of all 6,561 runs has the cheapest of them, or one of the next few: looking at runs in order finds the
/// table's best without looking at its vectors.
package struct TernaryPatterns {
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

  private var changes = InlineArray<16, Change>(repeating: Change())
  private var states = InlineArray<64, State>(repeating: State())
  /// How many changes stand in the order of their costs.
  private var sorted = 0
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
    let isMiddle = costs.middle .== least
    var key = 0
    for column in 0..<8 { key |= (isLow[column] ? 0 : isMiddle[column] ? 1 : 2) << (2 * column) }
    if positions[key] != .max { return (Int(positions[key]), least.sum()) }
    setChanges(costs, least, key)
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

  /// Sets the changes of all columns, of which none is in its place yet.
  private mutating func setChanges(_ costs: (low: Eight, middle: Eight, high: Eight), _ least: Eight, _ key: Int) {
    let more = (costs.low - least, costs.middle - least, costs.high - least)
    for column in 0..<8 {
      let digit = key >> (2 * column) & 3
      let others = digit == 0 ? (1, 2) : digit == 1 ? (0, 2) : (0, 1)
      let first = digit == 0 ? more.1[column] : more.0[column]
      let second = digit == 2 ? more.1[column] : more.2[column]
      let bit: UInt32 = 1 << UInt32(4 * column)
      changes[2 * column] = Change(cost: first, key: (others.0 - digit) << (2 * column), column: bit)
      changes[2 * column + 1] = Change(cost: second, key: (others.1 - digit) << (2 * column), column: bit)
    }
    sorted = 0
  }

  /// The change at a place in the order of costs, which is brought about as far as it is asked for.
  private mutating func change(_ place: Int) -> Change {
    while sorted <= place {
      var best = sorted
      for other in sorted + 1..<max(sorted + 1, 16) where changes[other].cost < changes[best].cost { best = other }
      changes.swapAt(sorted, best)
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
