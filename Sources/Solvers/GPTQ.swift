import LinearAlgebra
import Schemes
import Tensors

/// Rounds column by column and lets the columns that are still free make up for each error, then improves the codes one
/// by one under the full Hessian.
///
/// Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers" (2023),
/// algorithm 1, with grids fitted beforehand so that the order of columns is free of the order of groups.
package struct GPTQ: Solver {
  package let conditioning: Conditioning
  /// Rounds of coordinate descent after the sweep.
  package let sweeps: Int

  /// - Parameters:
  ///   - damping: added to the diagonal of H, relative to its mean; raised tenfold as often as needed.
  ///   - order: of columns.
  ///   - sweeps: rounds of coordinate descent that follow.
  package init(damping: Float = 0.01, order: ColumnOrder = .activation, sweeps: Int = 2) {
    conditioning = Conditioning(order: order, damping: damping)
    self.sweeps = sweeps
  }

  package var name: String { "gptq" }
  package var needs: StatisticsNeed { .hessian }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(columns: weights.columns)
    let conditioned = try statistics.conditioned(for: conditioning)
    let grid = scheme.fit(weights, importance: statistics.importance, on: workers)
    var codes = Codes(rows: weights.rows, columns: weights.columns)
    let tiles = (weights.rows + RowTile.lanes - 1) / RowTile.lanes
    let errors = codes.withDisjointRows { codes in
      workers.map(tiles) { index in
        let rows = index * RowTile.lanes..<min(weights.rows, (index + 1) * RowTile.lanes)
        let tile = RowTile(weights, rows: rows, grid: grid, order: conditioned.order)
        return solve(tile, conditioned, into: codes)
      }
    }
    let total = errors.reduce(LayerErrors(), +)
    guard total.chosen.isFinite else { throw .notFinite(columns: weights.columns) }
    return Solution(
      codes: codes, grid: grid,
      record: SolveRecord(
        solver: name, roundingError: relative(total.rounded, to: total.weights),
        error: relative(total.chosen, to: total.weights), dampingAsked: conditioning.damping,
        dampingUsed: conditioned.damping, deadColumns: conditioned.deadColumns))
  }
}

extension GPTQ {
  /// Chooses the codes of one tile and puts them where the layer has its rows and columns.
  private func solve(
    _ tile: borrowing RowTile, _ conditioned: ConditionedHessian, into result: DisjointRows<UInt8>
  ) -> LayerErrors {
    var codes = Codes(rows: tile.columns, columns: RowTile.lanes)
    var values = Matrix(rows: tile.columns, columns: RowTile.lanes)
    let damping = conditioned.diagonalAdded
    var errors = LayerErrors()
    errors.weights = trace(ofErrorOf: values, tile, conditioned.hessian, damping: damping)
    for column in 0..<tile.columns {
      tile.round(tile.weights.row(column), column: column, codes: &codes, values: &values)
    }
    errors.rounded = trace(ofErrorOf: values, tile, conditioned.hessian, damping: damping)
    sweep(tile, U: conditioned.factor, codes: &codes, Q: &values)
    descend(tile, H: conditioned.hessian, sweeps: sweeps, codes: &codes, Q: &values)
    errors.chosen = trace(ofErrorOf: values, tile, conditioned.hessian, damping: damping)
    for (lane, row) in tile.rows.enumerated() {
      var target = result.row(row)
      for column in 0..<tile.columns { target[conditioned.order[column]] = codes[column, lane] }
    }
    return errors
  }
}

/// Columns between two updates of all others.
let blockSize = 128

/// GPTQ's sweep over one tile.
///
/// U is the factor of the inverse Hessian, W the weights that are still free, Q the quantized values, E the errors of a
/// block. All have the columns of the layer as rows, in the order of the sweep, and the rows of the tile as lanes.
private func sweep(_ tile: borrowing RowTile, U: borrowing Matrix, codes: inout Codes, Q: inout Matrix) {
  let lanes = RowTile.lanes
  let n = tile.columns
  var W = tile.weights.copy()
  var E = Matrix(rows: min(blockSize, n), columns: lanes)
  for start in stride(from: 0, to: n, by: blockSize) {
    let end = min(start + blockSize, n)
    for column in start..<end {
      tile.round(W.row(column), column: column, codes: &codes, values: &Q)
      var error = E.mutableRow(column - start)
      subtract(Q.row(column), from: W.row(column), times: 1 / U[column, column], into: &error)
      for later in column + 1..<max(column + 1, end) {
        var target = W.mutableRow(later)
        addMultiple(-U[column, later], of: E.row(column - start), to: &target)
      }
    }
    guard end < n else { break }
    var rest = W.mutableView(rows: end..<n, columns: 0..<lanes)
    multiply(
      U.view(rows: start..<end, columns: end..<n), .transposed, E.view(rows: 0..<end - start), .plain, into: &rest,
      alpha: -1, beta: 1)
  }
}
