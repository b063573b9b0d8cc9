/// Finds the nearest levels of many weights at once: `Levels.nearest` for runs of weights.
struct LevelFinder {
  private enum Kind {
    case uniform(lowest: Float, highest: Float)
    /// Numbers above `bounds[i]` are nearer to level `i + 1` than to level `i`.
    case table(bounds: [Float])
  }
  private let kind: Kind

  init(_ levels: Levels) {
    switch levels {
    case .uniform(let lowest, let count):
      kind = .uniform(lowest: Float(lowest), highest: Float(lowest + count - 1))
    case .table(let values):
      kind = .table(bounds: zip(values, values.dropFirst()).map { 0.5 * ($0 + $1) })
    }
  }

  /// Adding this to a number of magnitude below 2²² rounds it to an integer, halves to even, in its low bits.
  private static let rounder: Float = 12_582_912

  /// Sets the codes of the weights in `range` under `value = scale · level − offset`, where `scale` is not zero.
  ///
  /// - Parameter limits: the uniform levels that may be used; nil for all.
  func find(
    _ weights: Span<Float>, in range: Range<Int>, scale: Float, offset: Float, within limits: ClosedRange<Int>? = nil,
    into codes: inout MutableSpan<UInt8>
  ) {
    switch kind {
    case .uniform(let first, let last):
      let base = (first + Self.rounder).bitPattern
      let lowest = limits.map { Float($0.lowerBound) } ?? first
      let highest = limits.map { Float($0.upperBound) } ?? last
      for column in range {
        let x = (weights[unchecked: column] + offset) / scale
        // A weight that is no number fails the first comparison and gets code 0.
        let raised = x > lowest ? x : lowest
        let limited = raised < highest ? raised : highest
        codes[unchecked: column] = UInt8(truncatingIfNeeded: (limited + Self.rounder).bitPattern &- base)
      }
    case .table(let bounds):
      for column in range { codes[unchecked: column] = 0 }
      for bound in bounds {
        for column in range {
          let x = (weights[unchecked: column] + offset) / scale
          codes[unchecked: column] &+= x > bound ? 1 : 0
        }
      }
    }
  }
}
