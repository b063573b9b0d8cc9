import LinearAlgebra
import Tensors

/// Traces over the rows of a layer, for relative errors.
struct LayerErrors {
  /// tr(W H Wᵀ)
  var weights: Double = 0
  /// tr(Δ H Δᵀ) with Δ = W − Q, for Q rounded to nearest.
  var rounded: Double = 0
  /// The same for the codes that were chosen.
  var chosen: Double = 0
  /// tr(W H Wᵀ) with the damped H, which is what a solver lowers.
  var dampedWeights: Double = 0
  /// tr(Δ H Δᵀ) with the damped H after each step of a solver.
  var steps: [Double] = []

  static func + (a: LayerErrors, b: LayerErrors) -> LayerErrors {
    var sum = LayerErrors(
      weights: a.weights + b.weights, rounded: a.rounded + b.rounded, chosen: a.chosen + b.chosen,
      dampedWeights: a.dampedWeights + b.dampedWeights)
    sum.steps = a.steps.isEmpty ? b.steps : zip(a.steps, b.steps).map { $0 + $1 }
    return sum
  }
}

/// tr((W − Q) H (W − Q)ᵀ) of one tile, under the damped H and without what was added to it.
typealias Traces = (damped: Double, plain: Double)

/// The traces of a tile from what each column adds to the damped one.
func traces(
  _ tile: borrowing RowTile, _ Q: borrowing Matrix, _ conditioned: ConditionedHessian, shares: [Double]
) -> Traces {
  var traces: Traces = (0, 0)
  for column in 0..<tile.columns {
    traces.damped += shares[column]
    // All that stands on a dead column's diagonal was added.
    if conditioned.isDead[column] { continue }
    let w = tile.weights.row(column)
    let q = Q.row(column)
    var squares = 0.0
    for lane in 0..<tile.lanes {
      let delta = Double(w[unchecked: lane] - q[unchecked: lane])
      squares += delta * delta
    }
    traces.plain += shares[column] - Double(conditioned.diagonalAdded) * squares
  }
  return traces
}

/// What each column of the residual M (W − Q) `[columns, lanes]` adds to the damped trace, which is the sum of its squares.
func shares(residual R: borrowing Matrix) -> [Double] {
  (0..<R.rows).map { column in
    let row = R.row(column)
    return Double(laneSum(row.count) { row[unchecked: $0] * row[unchecked: $0] })
  }
}

/// What each column of the gradient G = H (W − Q) `[columns, lanes]` adds to the damped trace.
func shares(_ tile: borrowing RowTile, _ Q: borrowing Matrix, gradient G: borrowing Matrix) -> [Double] {
  (0..<G.rows).map { column in
    let w = tile.weights.row(column)
    let q = Q.row(column)
    let g = G.row(column)
    var share = 0.0
    for lane in 0..<tile.lanes {
      share += Double(w[unchecked: lane] - q[unchecked: lane]) * Double(g[unchecked: lane])
    }
    return share
  }
}
