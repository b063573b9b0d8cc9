/// How factors are rounded to the half precision in which blocks store them.
enum HalfPrecision {
  /// The finite half-precision number nearest to `value`: beyond the range, the largest.
  static func finite(_ value: Float) -> Float {
    let largest = Float(Float16.greatestFiniteMagnitude)
    return Float(Float16(max(-largest, min(largest, value))))
  }

  /// The finite half-precision number nearest to `value` that is zero only where `value` is: a scale of zero would lose
  /// weights that codes of the smallest scale still tell apart.
  static func scale(_ value: Float) -> Float {
    let rounded = finite(value)
    guard rounded == 0, value != 0 else { return rounded }
    return value < 0 ? -Float(Float16.leastNonzeroMagnitude) : Float(Float16.leastNonzeroMagnitude)
  }
}
