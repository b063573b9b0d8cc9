import Checkpoints
import Schemes
import Tensors

extension InputQuantization {
  /// Inputs as a runtime multiplies them: rounded to the nearest code, halves to even, and beyond the range to its end.
  ///
  /// - Parameter x: `[tokens, inputs]`.
  package func rounded(_ x: borrowing Matrix, on workers: Workers) -> Matrix {
    var result = x.copy()
    result.forEachRow(on: workers) { _, values in round(&values) }
    return result
  }

  private func round(_ values: inout MutableSpan<Float>) {
    switch self {
    case .fixed(let scale, let zero): Self.round(&values, scale: scale, zero: Float(zero))
    case .perToken(let largestCode, let least):
      var largest = least
      for index in 0..<values.count { largest = max(largest, abs(values[unchecked: index])) }
      if largest > 0 { Self.round(&values, scale: largest / largestCode, zero: 0) }
    case .floats(let floats): floats.round(&values)
    }
  }

  private static func round(_ values: inout MutableSpan<Float>, scale: Float, zero: Float) {
    let low = Float(codes.lowerBound)
    let high = Float(codes.upperBound)
    // Adding 1.5 · 2²³ leaves no bit for a fraction.
    let magic: Float = 12_582_912
    for index in 0..<values.count {
      let target = values[unchecked: index] / scale + zero
      let raised = target > low ? target : low
      let code = ((raised < high ? raised : high) + magic) - magic
      values[unchecked: index] = scale * (code - zero)
    }
  }
}

extension FloatInputs {
  /// Rounds what a matrix reads of one token as compressed-tensors does (`quantization/utils/helpers.py`, `calculate_qparams`).
  func round(_ values: inout MutableSpan<Float>) {
    let width = inputsPerGroup ?? values.count
    for start in stride(from: 0, to: values.count, by: max(1, width)) {
      let group = start..<min(start + width, values.count)
      var largest: Float = 0
      for index in group { largest = max(largest, abs(values[unchecked: index])) }
      guard largest > 0 else { continue }
      let scale = scale(of: largest)
      for index in group { values[unchecked: index] = scale * number.rounded(values[unchecked: index] / scale) }
    }
  }

  /// The scale of inputs, of which the largest is above 0.
  private func scale(of largest: Float) -> Float {
    switch scale {
    case .fixed(let scale): return scale
    case .perToken(let bound): return nonzero(min(largest, bound ?? largest) / number.largest)
    case .perGroup: return nonzero(largest / number.largest)
    case .nested(_, let global):
      let rounded = SmallFloat.e4m3.rounded(largest / number.largest * global)
      // What a scale that rounds to nothing is replaced by.
      return (rounded == 0 ? 0.125 : rounded) / global
    case .powers:
      // Half of the second binary digit carries into the exponent.
      let power = Float(bitPattern: (largest.bitPattern &+ 1 << 21) & 0x7F80_0000).exponent
      return Float(sign: .plus, exponent: max(-127, Int(power) - Int(number.largest.exponent)), significand: 1)
    }
  }

  private func nonzero(_ scale: Float) -> Float { scale == 0 ? Float.ulpOfOne : scale }
}
