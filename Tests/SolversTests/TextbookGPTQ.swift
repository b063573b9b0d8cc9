import Schemes
import Solvers
import Tensors

/// GPTQ as the paper prints it (Frantar et al., 2023, algorithm 1 without lazy batches), in Float64: the Hessian is damped
/// and inverted, the inverse is factorised, and one column after the other is rounded and its error spread over all
/// columns that follow. It chooses its own codes and shares nothing with the solver but the grid.
struct TextbookGPTQ {
  /// Values that were chosen, and what would have been needed to choose others.
  struct Row {
    /// `[columns]`, in the order of the layer.
    let values: [Double]
    /// How near any choice came to the halfway point between two levels, in steps of the grid.
    let narrowest: Double
  }

  let order: [Int]
  /// U, upper triangular with Uᵀ U = H⁻¹, row after row, in the order of the sweep.
  let U: [Double]
  private let size: Int

  /// - Parameters:
  ///   - hessian: `[columns, columns]`, as calibration gathered it.
  ///   - damping: relative to the mean of the diagonal.
  init(_ hessian: borrowing Matrix, _ columnOrder: ColumnOrder, damping: Double) {
    let size = hessian.rows
    let diagonal = (0..<size).map { Double(hessian[$0, $0]) }
    let mean = diagonal.reduce(0, +) / Double(size)
    let order =
      columnOrder == .natural
      ? Array(0..<size) : (0..<size).sorted { (-diagonal[$0], $0) < (-diagonal[$1], $1) }
    var damped = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0..<size {
        damped[row * size + column] =
          Double(hessian[order[row], order[column]]) + (row == column ? damping * mean : 0)
      }
    }
    self.size = size
    self.order = order
    U = choleskyUpper(gaussJordanInverse(damped, size: size), size: size)
  }

  func solve(_ weights: [Float], grid: GridRow, levels: [Float], columnsPerGroup: Int) -> Row {
    var w = order.map { Double(weights[$0]) }
    var values = [Double](repeating: 0, count: size)
    var narrowest = Double.infinity
    for i in 0..<size {
      let group = order[i] / columnsPerGroup
      let candidates = levels.map { Double(grid.scales[group]) * Double($0) - Double(grid.offsets[group]) }
      let ranked = candidates.sorted { abs($0 - w[i]) < abs($1 - w[i]) }
      let step = abs(ranked[0] - ranked[1])
      if step > 0 { narrowest = min(narrowest, (abs(ranked[1] - w[i]) - abs(ranked[0] - w[i])) / step) }
      values[order[i]] = ranked[0]
      let error = (w[i] - ranked[0]) / U[i * size + i]
      for j in i..<size { w[j] -= error * U[i * size + j] }
    }
    return Row(values: values, narrowest: narrowest)
  }
}

/// Gauss and Jordan's elimination; a positive definite matrix needs no pivoting.
func gaussJordanInverse(_ matrix: [Double], size: Int) -> [Double] {
  var left = matrix
  var right = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
  for pivot in 0..<size {
    let factor = 1 / left[pivot * size + pivot]
    for column in 0..<size {
      left[pivot * size + column] *= factor
      right[pivot * size + column] *= factor
    }
    for row in 0..<size where row != pivot {
      let multiple = left[row * size + pivot]
      for column in 0..<size {
        left[row * size + column] -= multiple * left[pivot * size + column]
        right[row * size + column] -= multiple * right[pivot * size + column]
      }
    }
  }
  return right
}

/// The upper triangular U with Uᵀ U = A, row after row, for a symmetric positive definite A.
func choleskyUpper(_ a: [Double], size: Int) -> [Double] {
  var U = [Double](repeating: 0, count: size * size)
  for i in 0..<size {
    for j in i..<size {
      var sum = a[i * size + j]
      for k in 0..<i { sum -= U[k * size + i] * U[k * size + j] }
      U[i * size + j] = i == j ? sum.squareRoot() : sum / U[i * size + i]
    }
  }
  return U
}
