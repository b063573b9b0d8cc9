/// How a scheme stores the scale and the offset of a group: what a grid may be refitted to once codes are chosen.
package enum GridParameters: Sendable, Equatable {
  /// A half-precision scale for each group, and with `offsets` a half-precision offset.
  case half(offsets: Bool)
  /// An integer scale for each group and, unless `offsets` is nil, an integer offset, under one half-precision factor
  /// each for every block: `GridRow.Nested`.
  case nested(scales: ClosedRange<Int>, offsets: ClosedRange<Int>?)
  /// An odd integer for each group, from 1 up, so many of them, under a factor for every block that is `unit` times a number in
  /// half precision: `GridRow.Nested`.
  case odd(count: Int, unit: Float)
  /// A half-precision scale and an integer of that range for each group: `offset = scale · zero point`, with zero points as
  /// bit patterns in `GridRow.Nested.offsetCodes`.
  case zeroPoints(ClosedRange<Int>)
  /// The square of an integer of that range for each group, times a factor of the group that other rows share and no row may
  /// change; the product is rounded to half precision.
  case squares(ClosedRange<Int>)
  /// Chosen once, with the grid.
  case fixed

  /// What a block's factor is times a number in half precision.
  package var factorUnit: Float {
    if case .odd(_, let unit) = self { unit } else { 1 }
  }

  package var hasOffsets: Bool {
    switch self {
    case .half(let offsets): offsets
    case .nested(_, let offsets): offsets != nil
    case .zeroPoints: true
    case .odd, .squares, .fixed: false
    }
  }
}
