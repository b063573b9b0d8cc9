/// How the scale searches find the level nearest to a number, for sixteen numbers at once.
protocol LevelRounding {
  /// Whether zero is a level.
  var hasZero: Bool { get }
  /// The level nearest to each lane.
  func nearest(_ x: Lanes) -> Lanes
}

/// Consecutive integers.
struct IntegerRounding: LevelRounding {
  let lowest: Lanes
  let highest: Lanes
  let hasZero: Bool

  init(_ range: ClosedRange<Int>) {
    lowest = Lanes(repeating: Float(range.lowerBound))
    highest = Lanes(repeating: Float(range.upperBound))
    hasZero = range.contains(0)
  }

  /// In each lane, the integers that `count` codes stand for when another one stands for zero.
  init(zeros: Lanes, count: Int) {
    lowest = -zeros
    highest = Float(count - 1) - zeros
    hasZero = true
  }

  @inline(__always)
  func nearest(_ x: Lanes) -> Lanes {
    x.limited(lowest, highest).roundedToEven()
  }
}

/// A codebook of at most sixteen levels.
struct TableRounding: LevelRounding {
  private var levels = InlineArray<16, Float>(repeating: 0)
  /// Numbers above `bounds[i]` are nearer to level `i + 1` than to level `i`.
  private var bounds = InlineArray<15, Float>(repeating: .infinity)
  let hasZero: Bool

  /// - Parameter levels: ascending, 2 to 16.
  init(_ levels: [Float]) {
    precondition(2...16 ~= levels.count, "a table of 2 to 16 levels")
    hasZero = levels.contains(0)
    for index in 0..<levels.count { self.levels[index] = levels[index] }
    for index in 0..<levels.count - 1 { bounds[index] = 0.5 * (levels[index] + levels[index + 1]) }
  }

  @inline(__always)
  func nearest(_ x: Lanes) -> Lanes {
    var result = Lanes(repeating: levels[0])
    for index in 0..<15 {
      result.replace(with: levels[unchecked: index + 1], where: x .> bounds[unchecked: index])
    }
    return result
  }
}
