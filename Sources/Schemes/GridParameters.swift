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
  /// A number in single precision for each group.
  case single
  /// A power of two for each group, with an exponent of that range.
  case powers(ClosedRange<Int>)
  /// One of these numbers, which ascend, for each group, over a factor that all groups of all rows share: `GridRow.Nested`.
  case numbers([Float])
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
    case .odd, .squares, .single, .powers, .numbers, .fixed: false
    }
  }

  /// By how many places a scale may move with codes that are chosen anew, where there are only few; empty elsewhere.
  ///
  /// Four or five numbers of E4M3 farther, a scale is half as large again, or two thirds: the largest weight is level 4 in the place of 6,
  /// or the other way round.
  package var scaleSteps: [Int] {
    switch self {
    case .powers: [-1, 1]
    case .numbers: [-5, -4, -2, -1, 1, 2, 4, 5]
    case .half, .nested, .odd, .zeroPoints, .squares, .single, .fixed: []
    }
  }
}
