import Schemes
import Tensors

/// Another solver, on columns that are sorted by the size of their inputs: a group is then of columns with like inputs, which
/// need not stand side by side.
///
/// This is what GPTQ's reference code calls act-order without static groups. A scale no longer serves large and small inputs
/// together, at the price of an index of groups (`g_idx`) that readers must follow.
package struct SortedColumns: Solver {
  private let inner: any Solver

  package init(_ inner: any Solver) {
    self.inner = inner
  }

  package var name: String { inner.name }
  package var needs: StatisticsNeed { inner.needs }
  package var loss: Loss? { inner.loss }
  package var effort: SolverEffort {
    // Beside what the inner solver makes, the Hessian in another order, and the drift where it is asked for.
    SolverEffort(
      products: inner.effort.products, outputProducts: inner.effort.outputProducts,
      hessianSizedBuffers: inner.effort.hessianSizedBuffers + (needs == .drift ? 2 : 1))
  }
  package func tileBytes(rows: Int, columns: Int, _ scheme: any Scheme) -> Int {
    inner.tileBytes(rows: rows, columns: columns, scheme)
  }
  package var sortsColumns: Bool { true }

  package func obstacle(_ scheme: any Scheme) -> SolveError? { inner.obstacle(scheme) }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(rows: weights.rows, columns: weights.columns)
    let sorted = statistics.sortedByActivation()
    let order = sorted.order
    var permuted = Matrix(rows: weights.rows, columns: weights.columns)
    for row in 0..<weights.rows {
      for (place, column) in order.enumerated() { permuted[row, place] = weights[row, column] }
    }
    var solution = try inner.solve(permuted, scheme, sorted.statistics, on: workers)
    solution.columnOrder = order
    return solution
  }
}

/// Statistics of inputs in another order.
package struct SortedStatistics: Sendable {
  /// The column at each place.
  package let order: [Int]
  package let statistics: ActivationStatistics
}

extension ActivationStatistics {
  /// The statistics of the same inputs, those with the largest mean squares first.
  func sorted() -> SortedStatistics {
    let order = importance.indices.sorted { first, second in
      importance[first] != importance[second] ? importance[first] > importance[second] : first < second
    }
    if isDiagonal {
      return SortedStatistics(
        order: order, statistics: ActivationStatistics(meanSquares: order.map { importance[$0] }, tokens: tokens))
    }
    func permuted(_ matrix: borrowing Matrix) -> Matrix {
      var result = Matrix(rows: matrix.rows, columns: matrix.columns)
      for (place, row) in order.enumerated() {
        for (other, column) in order.enumerated() { result[place, other] = matrix[row, column] }
      }
      return result
    }
    return SortedStatistics(
      order: order,
      statistics: ActivationStatistics(
        hessian: permuted(hessian), drift: drift.map { SharedMatrix(permuted($0.matrix)) }, outputs: outputs,
        tokens: tokens))
  }
}
