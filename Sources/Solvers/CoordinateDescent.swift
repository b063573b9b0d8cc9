import LinearAlgebra
import Tensors

/// Coordinate descent: each code in turn becomes the best one, or the best of several columns that is found, given all others.
///
/// H is the damped Hessian, G = H (W − Q) the gradient, which is kept up to date, D the changes of a block. The objective
/// tr((W − Q) H (W − Q)ᵀ) never rises but for the rounding of Float32 sums.
func descend(
  _ tile: borrowing RowTile, _ grid: borrowing TileGrid, H: borrowing Matrix, sweeps: Int, codes: inout Codes,
  Q: inout Matrix, G: inout Matrix
) {
  let lanes = tile.lanes
  let n = tile.columns
  var scratch = Matrix(rows: 1, columns: lanes)
  var D = Matrix(rows: min(blockSize, n), columns: lanes)
  let joint = grid.vectors.map { JointRounding($0, lanes: lanes) }
  for _ in 0..<sweeps {
    var changed = false
    for start in stride(from: 0, to: n, by: blockSize) {
      let end = min(start + blockSize, n)
      var blockChanged = false
      for column in start..<end {
        if let joint {
          if column % joint.columns == 0 {
            for own in column..<column + joint.columns {
              var step = D.mutableRow(own - start)
              copy(Q.row(own), to: &step)
            }
            joint.descend(tile, grid, H: H, G: G, at: column, codes: &codes, Q: &Q)
          }
        } else {
          var target = scratch.mutableRow(0)
          addScaled(G.row(column), times: 1 / H[column, column], to: Q.row(column), into: &target)
          var step = D.mutableRow(column - start)
          copy(Q.row(column), to: &step)
          tile.round(scratch.row(0), grid, column: column, codes: &codes, values: &Q)
        }
        var step = D.mutableRow(column - start)
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
