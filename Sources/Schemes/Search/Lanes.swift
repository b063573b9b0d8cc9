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
    var best = 0
    var smallest = Float.infinity
    for lane in 0..<16 where self[lane] < smallest {
      smallest = self[lane]
      best = lane
    }
    return best
  }
}
