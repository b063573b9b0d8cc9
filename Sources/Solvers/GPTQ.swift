import LinearAlgebra
import Schemes
import Tensors

/// Rounds column by column and lets the columns that are still free make up for each error, then improves codes and grid
/// in turn under the full Hessian.
///
/// Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers" (2023),
/// algorithm 1, with grids fitted beforehand so that the order of columns is free of the order of groups.
package struct GPTQ: Solver {
  /// When a group's grid is fitted.
  package enum GridTime: String, Sendable, CaseIterable {
    /// Before the sweep, to the weights as they were.
    case beforehand
    /// When the sweep reaches the group's block, to the weights as earlier columns' errors have left them. Only for
    /// columns in their natural order.
    case reached
  }

  package let conditioning: Conditioning
  /// Rounds of coordinate descent after the sweep, and after each refit.
  package let sweeps: Int
  /// Refits of the grid, each followed by coordinate descent.
  package let refits: Int
  /// How far the aim moves from the outputs of the original weights, 0, to those of the original network, 1 (GPTAQ).
  package let asymmetry: Float
  package let grids: GridTime
  /// Whether a layer whose Hessian no damping makes definite is rounded to nearest instead of being refused.
  package let fallsBackToRounding: Bool

  /// - Parameters:
  ///   - damping: added to the diagonal of H, relative to its mean; raised tenfold as often as needed.
  ///   - order: of columns.
  ///   - sweeps: rounds of coordinate descent that follow.
  ///   - refits: of the grid to the codes.
  ///   - asymmetry: how far the aim moves to the outputs of the original network, from 0 to 1.
  ///   - grids: when they are fitted.
  ///   - fallsBackToRounding: whether a layer that cannot be solved is rounded.
  ///
  /// - Precondition: grids are fitted beforehand, or the order is natural.
  package init(
    damping: Float = 0.01, order: ColumnOrder = .activation, sweeps: Int = 2, refits: Int = 2, asymmetry: Float = 0,
    grids: GridTime = .beforehand, fallsBackToRounding: Bool = false
  ) {
    precondition(grids == .beforehand || order == .natural, "a group is reached as a whole in the natural order alone")
    conditioning = Conditioning(order: order, damping: damping)
    self.sweeps = sweeps
    self.refits = refits
    self.asymmetry = asymmetry
    self.grids = grids
    self.fallsBackToRounding = fallsBackToRounding
  }

  package var name: String { "gptq" }
  package var needs: StatisticsNeed { asymmetry > 0 ? .drift : .hessian }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(columns: weights.columns)
    let conditioned: ConditionedHessian
    do {
      conditioned = try statistics.conditioned(for: conditioning, on: workers)
    } catch .notPositiveDefinite(let columns, let dampings) where fallsBackToRounding {
      var solution = try RoundToNearest().solve(weights, scheme, statistics, on: workers)
      solution.record.fallback = SolveError.notPositiveDefinite(columns: columns, dampings: dampings).description
      return solution
    }
    guard asymmetry > 0 else { return try solve(weights, scheme, statistics, conditioned, workers) }
    let target = statistics.target(weights, conditioned, asymmetry: asymmetry, on: workers)
    return try solve(target, scheme, statistics, conditioned, workers)
  }

  private func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics,
    _ conditioned: ConditionedHessian, _ workers: Workers
  ) throws(SolveError) -> Solution {
    var grid = scheme.fit(weights, importance: statistics.importance, on: workers)
    var codes = Codes(rows: weights.rows, columns: weights.columns)
    let tiles = (weights.rows + RowTile.lanes - 1) / RowTile.lanes
    let solved = codes.withDisjointRows { codes in
      workers.map(tiles) { index in
        let rows = index * RowTile.lanes..<min(weights.rows, (index + 1) * RowTile.lanes)
        let tile = RowTile(weights, rows: rows, columnsPerGroup: grid.columnsPerGroup, order: conditioned.order)
        var tileGrid = TileGrid(grid, rows: rows, scheme)
        let sequential = grids == .reached ? SequentialGrid(scheme, statistics.importance) : nil
        let errors = solve(tile, &tileGrid, sequential, conditioned, into: codes)
        return (errors: errors, rows: rows.indices.map { tileGrid.row($0 - rows.lowerBound) })
      }
    }
    let total = solved.map(\.errors).reduce(LayerErrors(), +)
    guard total.chosen.isFinite else { throw .notFinite(columns: weights.columns) }
    grid.rows = solved.flatMap(\.rows)
    return Solution(codes: codes, grid: grid, record: record(total, conditioned))
  }

  private func record(_ errors: LayerErrors, _ conditioned: ConditionedHessian) -> SolveRecord {
    let names = ["sweep", "descent"] + (0..<refits).flatMap { _ in ["refit", "descent"] }
    return SolveRecord(
      solver: name, roundingError: relative(errors.rounded, to: errors.weights),
      error: relative(errors.chosen, to: errors.weights), dampingAsked: conditioning.damping,
      dampingUsed: conditioned.damping, deadColumns: conditioned.deadColumns,
      steps: zip(names, errors.steps).map { name, trace in
        SolveStep(step: name, objective: relative(trace, to: errors.dampedWeights))
      })
  }
}

extension GPTQ {
  /// Chooses the codes of one tile and puts them where the layer has its rows and columns.
  private func solve(
    _ tile: borrowing RowTile, _ grid: inout TileGrid, _ sequential: SequentialGrid?,
    _ conditioned: ConditionedHessian, into result: DisjointRows<UInt8>
  ) -> LayerErrors {
    let damping = conditioned.diagonalAdded
    var codes = Codes(rows: tile.columns, columns: RowTile.lanes)
    var Q = Matrix(rows: tile.columns, columns: RowTile.lanes)
    var errors = LayerErrors()
    var G = gradient(ofErrorOf: Q, tile, conditioned.hessian)
    (errors.dampedWeights, errors.weights) = traces(tile, Q, G, damping: damping)
    for column in 0..<tile.columns {
      tile.round(tile.weights.row(column), grid, column: column, codes: &codes, values: &Q)
    }
    G = gradient(ofErrorOf: Q, tile, conditioned.hessian)
    errors.rounded = traces(tile, Q, G, damping: damping).plain

    sweep(tile, &grid, sequential, U: conditioned.factor, codes: &codes, Q: &Q)
    G = gradient(ofErrorOf: Q, tile, conditioned.hessian)
    errors.steps.append(traces(tile, Q, G, damping: damping).damped)
    descend(tile, grid, H: conditioned.hessian, sweeps: sweeps, codes: &codes, Q: &Q, G: &G)
    errors.steps.append(traces(tile, Q, G, damping: damping).damped)
    for _ in 0..<refits {
      refit(tile, &grid, H: conditioned.hessian, codes: codes, Q: &Q, G: &G)
      errors.steps.append(traces(tile, Q, G, damping: damping).damped)
      descend(tile, grid, H: conditioned.hessian, sweeps: sweeps, codes: &codes, Q: &Q, G: &G)
      errors.steps.append(traces(tile, Q, G, damping: damping).damped)
    }
    errors.chosen = traces(tile, Q, G, damping: damping).plain
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
private func sweep(
  _ tile: borrowing RowTile, _ grid: inout TileGrid, _ sequential: SequentialGrid?, U: borrowing Matrix,
  codes: inout Codes, Q: inout Matrix
) {
  let lanes = RowTile.lanes
  let n = tile.columns
  var W = tile.weights.copy()
  let blockSize = sequential?.sweepBlock ?? blockSize
  var E = Matrix(rows: min(blockSize, n), columns: lanes)
  for start in stride(from: 0, to: n, by: blockSize) {
    let end = min(start + blockSize, n)
    for column in start..<end {
      sequential?.fit(&grid, tile, W, at: column)
      tile.round(W.row(column), grid, column: column, codes: &codes, values: &Q)
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
