/// The values that codes stand for, before scale and offset.
package enum Levels: Sendable, Equatable {
  /// `lowest`, `lowest + 1`, … for codes 0, 1, …
  case uniform(lowest: Int, count: Int)
  /// A codebook in ascending order, at most 256 entries.
  case table([Float])

  /// The number of codes.
  package var count: Int {
    switch self {
    case .uniform(_, let count): count
    case .table(let values): values.count
    }
  }

  /// The level of each code.
  package var values: [Float] {
    switch self {
    case .uniform(let lowest, let count): (0..<count).map { Float(lowest + $0) }
    case .table(let values): values
    }
  }

  /// The code whose level is nearest to `x`; of two equally near, for a table, the lower one.
  ///
  /// Uniform levels round halves to even, as the fast path of every solver does. A value that is not a number gets
  /// code 0.
  package func nearest(_ x: Float) -> UInt8 {
    switch self {
    case .uniform(let lowest, let count):
      let code = x.rounded(.toNearestOrEven) - Float(lowest)
      return UInt8(code > 0 ? min(code, Float(count - 1)) : 0)
    case .table(let values):
      var code = 0
      while code + 1 < values.count, x > 0.5 * (values[code] + values[code + 1]) { code += 1 }
      return UInt8(code)
    }
  }

  /// The same search for runs of weights.
  var finder: LevelFinder { LevelFinder(self) }
}
