/// Sixteen numbers that one instruction works on. In the scale searches each lane is another candidate for the same
/// group of weights, so that no sum runs across lanes.
typealias Lanes = SIMD16<Float>

extension Lanes {
  /// Sixteen consecutive elements.
  @inline(__always)
  init(_ span: Span<Float>, at start: Int) {
    self.init()
    for lane in 0..<16 { self[lane] = span[unchecked: start + lane] }
  }

  /// Each lane rounded to the nearest integer, halves to even. Magnitudes beyond 2²² stay as they are or nearly so:
  /// callers clamp.
  @inline(__always)
  func roundedToEven() -> Lanes {
    // Adding 1.5 · 2²³ leaves no bits for a fraction; `rounded()` would be a call for each lane.
    (self + 12_582_912) - 12_582_912
  }

  /// Each lane no less than `low` and no more than `high`; a lane that is no number becomes `low`.
  @inline(__always)
  func limited(_ low: Lanes, _ high: Lanes) -> Lanes {
    var result = low
    result.replace(with: self, where: self .> low)
    result.replace(with: high, where: result .> high)
    return result
  }

  /// The lane with the smallest number, the first of equals; 0 where no lane holds a number below infinity.
  @inline(__always)
  func indexOfSmallest() -> Int {
    let smallest = smallestLane()
    guard smallest < .infinity else { return 0 }
    var index = Lanes(repeating: 16)
    let indices = Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    index.replace(with: indices, where: self .== smallest)
    return Int(index.smallestLane())
  }

  /// The smallest number; lanes that hold no number do not count.
  @inline(__always)
  private func smallestLane() -> Float {
    var eight = SIMD8(repeating: Float.infinity)
    eight.replace(with: lowHalf, where: lowHalf .< eight)
    eight.replace(with: highHalf, where: highHalf .< eight)
    var four = eight.lowHalf
    four.replace(with: eight.highHalf, where: eight.highHalf .< four)
    var two = four.lowHalf
    two.replace(with: four.highHalf, where: four.highHalf .< two)
    return two[1] < two[0] ? two[1] : two[0]
  }

  /// The smallest and the largest number of a span whose length is a multiple of 16.
  @inline(__always)
  static func extremes(of span: Span<Float>) -> (low: Float, high: Float) {
    var lows = Lanes(span, at: 0)
    var highs = lows
    for index in stride(from: 16, to: span.count, by: 16) {
      let values = Lanes(span, at: index)
      lows.replace(with: values, where: values .< lows)
      highs.replace(with: values, where: values .> highs)
    }
    var low = lows[0]
    var high = highs[0]
    for lane in 1..<16 {
      low = lows[lane] < low ? lows[lane] : low
      high = highs[lane] > high ? highs[lane] : high
    }
    return (low, high)
  }
}
