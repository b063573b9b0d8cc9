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

/// H (W − Q) of one tile, `[columns, lanes]`.
func gradient(ofErrorOf Q: borrowing Matrix, _ tile: borrowing RowTile, _ H: borrowing Matrix) -> Matrix {
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

/// tr((W − Q) H (W − Q)ᵀ) of one tile.
///
/// - Parameters:
///   - G: H (W − Q), `[columns, lanes]`.
///   - damping: what conditioning added to H's diagonal, `[columns]`.
/// - Returns: the trace under H as it is and without what was added.
func traces(
  _ tile: borrowing RowTile, _ Q: borrowing Matrix, _ G: borrowing Matrix, damping: [Float]
) -> (damped: Double, plain: Double) {
  var damped = 0.0
  var added = 0.0
  for column in 0..<tile.columns {
    let w = tile.weights.row(column)
    let q = Q.row(column)
    let g = G.row(column)
    var squares = 0.0
    for lane in 0..<RowTile.lanes {
      let delta = Double(w[unchecked: lane] - q[unchecked: lane])
      damped += delta * Double(g[unchecked: lane])
      squares += delta * delta
    }
    added += Double(damping[column]) * squares
  }
  return (damped, damped - added)
}
