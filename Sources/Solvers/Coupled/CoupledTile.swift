import LinearAlgebra
import Tensors

/// A tile of rows that is solved beside all others of its layer: the state that each visit goes on from.
final class CoupledTile {
  let rows: Range<Int>
  var grid: TileGrid
  /// `[columns, lanes]`, in the order of the sweep, like all below.
  var codes: Codes
  /// Values of the codes.
  var Q: Matrix
  /// A (T − Q)ᵀ: the gradient of these rows by themselves.
  var X: Matrix
  var errors = LayerErrors()

  init(rows: Range<Int>, columns: Int, grid: consuming TileGrid) {
    let lanes = RowTile.lanes(rows)
    self.rows = rows
    self.grid = grid
    codes = Codes(rows: columns, columns: lanes)
    Q = Matrix(rows: columns, columns: lanes)
    X = Matrix(rows: 0, columns: 0)
  }
}

/// What stays as it is while a tile is worked on.
///
/// The objective tr((T − Q)ᵀ B (T − Q) A) of all rows is, for those of the tile alone, ⟨Δ, 2 C + X B_tt⟩ and a constant, with
/// Δ = (T − Q)ᵀ, X = A Δ, and half its gradient is G = C + X B_tt.
struct CoupledRows: ~Copyable {
  /// T, in lanes.
  let tile: RowTile
  /// What the errors of other rows say to these: Σ X_u B_ut, `[columns, lanes]`.
  let C: Matrix
  /// B_tt, `[lanes, lanes]`.
  let B: Matrix
  /// 1 / B_ii, `[lanes]`.
  let reciprocals: [Float]
  let workers: Workers

  init(_ tile: consuming RowTile, others: consuming Matrix, _ coupling: RowCoupling, on workers: Workers) {
    let B = coupling.own(tile.rows)
    reciprocals = (0..<B.rows).map { 1 / B[$0, $0] }
    self.tile = tile
    self.B = B
    C = others
    self.workers = workers
  }

  /// ⟨Δ, 2 C + X B_tt⟩
  ///
  /// - Parameters:
  ///   - Q: `[columns, lanes]`.
  ///   - X: the same.
  func objective(_ Q: borrowing Matrix, _ X: borrowing Matrix) -> Double {
    let lanes = tile.lanes
    let tasks = (tile.columns + rowsPerTask - 1) / rowsPerTask
    let sums = workers.map(tasks) { task in
      let range = task * rowsPerTask..<min(tile.columns, (task + 1) * rowsPerTask)
      var product = Matrix(uninitializedRows: range.count, columns: lanes)
      var target = product.mutableView()
      multiply(X.view(rows: range), .plain, B.view(), .plain, into: &target)
      var sum = 0.0
      for column in range {
        let w = tile.weights.row(column)
        let q = Q.row(column)
        let c = C.row(column)
        let x = product.row(column - range.lowerBound)
        for lane in 0..<lanes {
          sum +=
            Double(w[unchecked: lane] - q[unchecked: lane]) * Double(2 * c[unchecked: lane] + x[unchecked: lane])
        }
      }
      return sum
    }
    return sums.reduce(0, +)
  }

  /// G = C + X B_tt of some columns, `[columns, lanes]`.
  ///
  /// - Parameters:
  ///   - C: of these columns, `[columns, lanes]`.
  ///   - X: the same.
  func gradient(_ C: consuming Matrix, _ X: MatrixView) -> Matrix {
    var target = C.mutableView()
    multiply(X, .plain, B.view(), .plain, into: &target, beta: 1)
    return C
  }

  /// `X ← X − Aₛᵀ D`: what changes of some columns' values mean to the gradient.
  ///
  /// - Parameters:
  ///   - X: `[columns, lanes]`.
  ///   - A: rows of the metric of the inputs, `[some, columns]`.
  ///   - range: those of the columns that changed.
  ///   - D: what their values rose by, `[range, lanes]`, and maybe further rows.
  func lower(_ X: inout Matrix, _ A: borrowing Matrix, _ range: Range<Int>, by D: borrowing Matrix) {
    X.withDisjointRows { X in
      workers.forEachTile(of: rowsPerTask, in: tile.columns) { columns in
        var target = X.view(rows: columns)
        multiply(
          A.view(rows: range, columns: columns), .transposed, D.view(rows: 0..<range.count), .plain, into: &target,
          alpha: -1, beta: 1)
      }
    }
  }
}
