import Checkpoints
import Tensors

extension InputQuantization {
  /// Inputs as a runtime multiplies them: rounded to the nearest code, halves to even, and beyond the range to its end.
  ///
  /// A scale of each token is its largest input over 127.5, as compressed-tensors has it.
  /// - Parameter x: `[tokens, inputs]`.
  package func rounded(_ x: borrowing Matrix, on workers: Workers) -> Matrix {
    var result = x.copy()
    result.withDisjointRows { result in
      workers.forEachTile(of: Self.rowsPerTile, in: x.rows) { tile in
        for row in tile {
          var values = result.row(row)
          round(&values)
        }
      }
    }
    return result
  }

  private static let rowsPerTile = 64
  /// Half the distance of the outermost codes.
  private static let reach: Float = 127.5

  private func round(_ values: inout MutableSpan<Float>) {
    switch self {
    case .fixed(let scale, let zero): Self.round(&values, scale: scale, zero: Float(zero))
    case .perToken:
      var largest: Float = 0
      for index in 0..<values.count { largest = max(largest, abs(values[unchecked: index])) }
      if largest > 0 { Self.round(&values, scale: largest / Self.reach, zero: 0) }
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
