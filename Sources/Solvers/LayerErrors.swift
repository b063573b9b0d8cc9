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

  static func + (a: LayerErrors, b: LayerErrors) -> LayerErrors {
    LayerErrors(weights: a.weights + b.weights, rounded: a.rounded + b.rounded, chosen: a.chosen + b.chosen)
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

/// tr((W − Q) H (W − Q)ᵀ) of one tile, without what conditioning added to H's diagonal, `damping` `[columns]`.
func trace(
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
