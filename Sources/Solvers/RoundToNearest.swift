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
    try statistics.check(rows: weights.rows, columns: weights.columns)
    let grid = scheme.fit(weights, importance: statistics.importance, on: workers)
    let codes = grid.nearestCodes(weights, importance: statistics.importance, on: workers)
    let error = relativeError(of: codes, grid, weights, statistics, on: workers)
    guard error.isFinite else { throw .notFinite(columns: weights.columns) }
    return Solution(
      codes: codes, grid: grid, record: SolveRecord(solver: name, roundingError: error, error: error))
  }
}

/// tr(Δ H Δᵀ) / tr(W H Wᵀ) with Δ = W − Q, for what is known of H; 0 where nothing is lost.
///
/// A tile of rows after the other, so that nothing of the size of W is held beside it.
/// - Parameters:
///   - codes: of Q, `[rows, columns]`.
///   - W: `[rows, columns]`.
func relativeError(
  of codes: borrowing Codes, _ grid: Grid, _ W: borrowing Matrix, _ statistics: ActivationStatistics,
  on workers: Workers
) -> Double {
  let ranges = RowTile.ranges(rows: W.rows)
  let order = Array(0..<W.columns)
  let sums = workers.map(ranges.count) { index in
    var X = RowTile.turned(W, rows: ranges[index], order: order)
    let whole = energy(X, statistics)
    for (lane, row) in ranges[index].enumerated() {
      grid.forEachValue(codes.row(row), row: row) { column, value in X[column, lane] -= value }
    }
    return SIMD2(energy(X, statistics), whole)
  }
  let sum = sums.reduce(SIMD2(), +)
  return relative(sum.x, to: sum.y)
}

/// tr(X H Xᵀ) for X `[columns, lanes]` and what is known of H.
private func energy(_ X: borrowing Matrix, _ statistics: ActivationStatistics) -> Double {
  guard statistics.isDiagonal else { return energy(X, under: statistics.hessian) }
  var sum = 0.0
  for column in 0..<X.rows {
    let x = X.row(column)
    sum += Double(statistics.importance[column]) * dot(x, x)
  }
  return sum
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
