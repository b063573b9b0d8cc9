import LinearAlgebra
import Schemes
import Tensors

// A sweep never needs the inverse of H. With M lower triangular and Mᵀ M = H, the objective tr(Δ H Δᵀ) is ‖M Δᵀ‖², and row
// j of the residual M Δᵀ depends on the errors of columns up to j alone. So when column j is rounded to w_j + (Σ_{i<j} M_ji
// Δ_i) / M_jj, what its row is left with is least, and columns that follow can make up for all that this costs their own
// rows. GPTQ, which spreads each error with the factor of H⁻¹, chooses the same codes (Chen et al., "The Geometry of LLM
// Quantization: GPTQ as Babai's Nearest Plane Algorithm", 2025). Tiles have the columns of the layer as rows, in the order
// of the sweep, and rows of the layer as lanes.

/// Columns between two products with all others.
let blockSize = 128

/// Rounds the columns of a tile one after the other, or code by code where codes are of several columns.
///
/// - Parameters:
///   - M: the factor of the damped Hessian, `[columns, columns]`.
///   - codes, Q: `[columns, lanes]`, receive codes and their values.
/// - Returns: the residual M (W − Q), `[columns, lanes]`.
func sweep(
  _ tile: borrowing RowTile, _ grid: inout TileGrid, _ sequential: SequentialGrid?, M: borrowing Matrix,
  codes: inout Codes, Q: inout Matrix
) -> Matrix {
  let n = tile.columns
  let blockSize = sequential?.sweepBlock ?? blockSize
  var R = Matrix(uninitializedRows: n, columns: tile.lanes)
  var delta = Matrix(uninitializedRows: n, columns: tile.lanes)
  var scratch = Matrix(uninitializedRows: 1, columns: tile.lanes)
  let joint = grid.vectors.map { JointRounding($0, lanes: tile.lanes) }
  for start in stride(from: 0, to: n, by: blockSize) {
    let end = min(start + blockSize, n)
    var block = R.mutableView(rows: start..<end, columns: 0..<tile.lanes)
    multiply(
      M.view(rows: start..<end, columns: 0..<start), .plain, delta.view(rows: 0..<start), .plain, into: &block)
    for column in start..<end {
      sequential?.fit(&grid, tile, M, R, at: column)
      if let joint {
        if column % joint.columns == 0 { joint.sweep(tile, grid, M: M, R: R, at: column, codes: &codes, Q: &Q) }
      } else {
        let pivot = M[column, column]
        var target = scratch.mutableRow(0)
        addScaled(R.row(column), times: 1 / pivot, to: tile.weights.row(column), into: &target)
        tile.round(scratch.row(0), grid, column: column, codes: &codes, values: &Q)
      }
      var error = delta.mutableRow(column)
      subtract(Q.row(column), from: tile.weights.row(column), into: &error)
      for later in column..<end {
        var residual = R.mutableRow(later)
        addMultiple(M[later, column], of: delta.row(column), to: &residual)
      }
    }
  }
  return R
}

/// H Δ = Mᵀ R, `[columns, lanes]`.
func gradient(_ R: borrowing Matrix, M: borrowing Matrix) -> Matrix {
  var G = Matrix(uninitializedRows: R.rows, columns: R.columns)
  for start in stride(from: 0, to: M.rows, by: 2 * blockSize) {
    let end = min(start + 2 * blockSize, M.rows)
    var block = G.mutableView(rows: start..<end, columns: 0..<R.columns)
    multiply(
      M.view(rows: start..<M.rows, columns: start..<end), .transposed, R.view(rows: start..<M.rows), .plain,
      into: &block)
  }
  return G
}
