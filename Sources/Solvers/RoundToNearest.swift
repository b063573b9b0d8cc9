import LinearAlgebra
import Schemes
import Tensors

/// Takes the nearest level for each weight by itself; the grid is fitted with the importance of each column.
package struct RoundToNearest: Solver {
  package init() {}

  package var name: String { "rtn" }
  package var needs: StatisticsNeed { .nothing }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(columns: weights.columns)
    let grid = scheme.fit(weights, importance: statistics.importance, on: workers)
    let codes = grid.nearestCodes(weights, on: workers)
    let rounded = grid.values(codes, on: workers)
    let error =
      statistics.isDiagonal
      ? relativeError(of: rounded, weights, importance: statistics.importance, on: workers)
      : relativeError(of: rounded, weights, under: statistics.hessian, on: workers)
    guard error.isFinite else { throw .notFinite(columns: weights.columns) }
    return Solution(
      codes: codes, grid: grid, record: SolveRecord(solver: name, roundingError: error, error: error))
  }
}

/// tr(Δ H Δᵀ) / tr(W H Wᵀ) with Δ = W − Q; 0 where nothing is lost.
///
/// - Parameters: W and Q `[rows, columns]`, H `[columns, columns]`.
func relativeError(
  of Q: borrowing Matrix, _ W: borrowing Matrix, under H: borrowing Matrix, on workers: Workers
) -> Double {
  var delta = W.copy()
  let quantized = Q.elements
  var elements = delta.mutableElements
  for index in 0..<elements.count { elements[unchecked: index] -= quantized[unchecked: index] }
  return relative(quadraticTrace(delta, H, on: workers), to: quadraticTrace(W, H, on: workers))
}

/// tr(Δ H Δᵀ) / tr(W H Wᵀ) for a diagonal H, `[columns]`.
private func relativeError(
  of Q: borrowing Matrix, _ W: borrowing Matrix, importance: [Float], on workers: Workers
) -> Double {
  let costs = workers.map(W.rows) { row in
    let w = W.row(row)
    let q = Q.row(row)
    let h = importance.span
    let cost = laneSum(w.count) { column in
      let delta = w[unchecked: column] - q[unchecked: column]
      return h[unchecked: column] * delta * delta
    }
    let total = laneSum(w.count) { h[unchecked: $0] * w[unchecked: $0] * w[unchecked: $0] }
    return SIMD2(Double(cost), Double(total))
  }
  let sum = costs.reduce(SIMD2(), +)
  return relative(sum.x, to: sum.y)
}

/// What an error costs beside the whole output; 0 where there is no error. Rounding may leave a cost just below 0.
func relative(_ cost: Double, to total: Double) -> Double {
  cost <= 0 ? 0 : cost / total
}

/// tr(X H Xᵀ) for X `[rows, columns]` and a symmetric H `[columns, columns]`.
package func quadraticTrace(_ X: borrowing Matrix, _ H: borrowing Matrix, on workers: Workers) -> Double {
  let product = linear(X, H, on: workers)
  let x = X.elements
  let y = product.elements
  var sum = 0.0
  for index in 0..<x.count { sum += Double(x[unchecked: index]) * Double(y[unchecked: index]) }
  return sum
}
