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

/// Traces over the rows of a layer, for relative errors.
struct LayerErrors {
  /// tr(W H Wᵀ)
  var weights: Double = 0
  /// tr(Δ H Δᵀ) with Δ = W − Q, for Q rounded to nearest.
  var rounded: Double = 0
  /// The same for the codes that were chosen.
  var chosen: Double = 0

  static func + (a: LayerErrors, b: LayerErrors) -> LayerErrors {
    LayerErrors(weights: a.weights + b.weights, rounded: a.rounded + b.rounded, chosen: a.chosen + b.chosen)
  }
}

/// Columns between two updates of all others.
private let blockSize = 128

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

/// Coordinate descent: each code in turn becomes the best one, given all others.
///
/// H is the damped Hessian, G = H (W − Q) its gradient, D the changes of a block. The objective tr((W − Q) H (W − Q)ᵀ)
/// never rises but for the rounding of Float32 sums.
private func descend(
  _ tile: borrowing RowTile, H: borrowing Matrix, sweeps: Int, codes: inout Codes, Q: inout Matrix
) {
  guard sweeps > 0 else { return }
  let lanes = RowTile.lanes
  let n = tile.columns
  var G = gradient(ofErrorOf: Q, tile, H)
  var wish = Matrix(rows: 1, columns: lanes)
  var D = Matrix(rows: min(blockSize, n), columns: lanes)
  for _ in 0..<sweeps {
    var changed = false
    for start in stride(from: 0, to: n, by: blockSize) {
      let end = min(start + blockSize, n)
      var blockChanged = false
      for column in start..<end {
        var target = wish.mutableRow(0)
        addScaled(G.row(column), times: 1 / H[column, column], to: Q.row(column), into: &target)
        var step = D.mutableRow(column - start)
        copy(Q.row(column), to: &step)
        tile.round(wish.row(0), column: column, codes: &codes, values: &Q)
        guard subtractInPlace(Q.row(column), &step) else { continue }
        blockChanged = true
        for other in start..<end {
          var gradient = G.mutableRow(other)
          addMultiple(H[column, other], of: D.row(column - start), to: &gradient)
        }
      }
      guard blockChanged else { continue }
      changed = true
      for others in [0..<start, end..<n] where !others.isEmpty {
        var gradient = G.mutableView(rows: others, columns: 0..<lanes)
        multiply(
          H.view(rows: others, columns: start..<end), .plain, D.view(rows: 0..<end - start), .plain, into: &gradient,
          beta: 1)
      }
    }
    guard changed else { return }
  }
}

/// H (W − Q) of one tile, `[columns, lanes]`.
private func gradient(ofErrorOf Q: borrowing Matrix, _ tile: borrowing RowTile, _ H: borrowing Matrix) -> Matrix {
  var delta = Matrix(rows: tile.columns, columns: RowTile.lanes)
  for column in 0..<tile.columns {
    var target = delta.mutableRow(column)
    subtract(Q.row(column), from: tile.weights.row(column), times: 1, into: &target)
  }
  var result = Matrix(rows: tile.columns, columns: RowTile.lanes)
  var target = result.mutableView()
  multiply(H.view(), .plain, delta.view(), .plain, into: &target)
  return result
}

/// tr((W − Q) H (W − Q)ᵀ) of one tile, without what conditioning added to H's diagonal, `damping` `[columns]`.
private func trace(
  ofErrorOf Q: borrowing Matrix, _ tile: borrowing RowTile, _ H: borrowing Matrix, damping: [Float]
) -> Double {
  let gradient = gradient(ofErrorOf: Q, tile, H)
  var sum = 0.0
  for column in 0..<tile.columns {
    let w = tile.weights.row(column)
    let q = Q.row(column)
    let g = gradient.row(column)
    for lane in 0..<RowTile.lanes {
      let delta = w[unchecked: lane] - q[unchecked: lane]
      sum += Double(delta) * Double(g[unchecked: lane] - damping[column] * delta)
    }
  }
  return sum
}
