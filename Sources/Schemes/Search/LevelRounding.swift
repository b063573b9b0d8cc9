/// How the scale searches find the level nearest to a number, for sixteen numbers at once.
protocol LevelRounding {
  /// The level nearest to each lane.
  func nearest(_ x: Lanes) -> Lanes
}

/// Consecutive integers.
struct IntegerRounding: LevelRounding {
  let lowest: Lanes
  let highest: Lanes

  init(_ range: ClosedRange<Int>) {
    lowest = Lanes(repeating: Float(range.lowerBound))
    highest = Lanes(repeating: Float(range.upperBound))
  }

  @inline(__always)
  func nearest(_ x: Lanes) -> Lanes {
    x.limited(lowest, highest).roundedToEven()
  }
}
