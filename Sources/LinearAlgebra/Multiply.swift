import COpenBLAS
import Tensors

/// Whether a factor enters a product as it is or with rows and columns exchanged.
package enum Orientation: Sendable {
  case plain
  case transposed

  var cblas: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
}

/// `C ← alpha · op(A) · op(B) + beta · C` on one thread.
///
/// - Precondition: op(A) is `[rows of C, k]` and op(B) `[k, columns of C]`; C overlaps neither factor.
package func multiply(
  _ a: MatrixView, _ orientationA: Orientation = .plain,
  _ b: MatrixView, _ orientationB: Orientation = .plain,
  into c: inout MutableMatrixView, alpha: Float = 1, beta: Float = 0
) {
  let (rows, inner) = orientationA == .plain ? (a.rows, a.columns) : (a.columns, a.rows)
  let (innerB, columns) = orientationB == .plain ? (b.rows, b.columns) : (b.columns, b.rows)
  precondition(rows == c.rows && columns == c.columns && inner == innerB, "shapes of a product do not fit")
  guard rows > 0, columns > 0 else { return }
  BLAS.singleThreaded
  cblas_sgemm(
    CblasRowMajor, orientationA.cblas, orientationB.cblas, Int32(rows), Int32(columns), Int32(inner),
    alpha, a.base, Int32(max(1, a.stride)), b.base, Int32(max(1, b.stride)), beta, c.base, Int32(c.stride))
}

/// Rows of activations that one task multiplies. Fixed, so that results do not depend on the number of workers.
private let rowsPerTile = 256

/// A linear layer: `X Wᵀ`, with X `[tokens, in]` and W `[out, in]`, giving `[tokens, out]`.
package func linear(_ x: borrowing Matrix, _ weights: borrowing Matrix, on workers: Workers) -> Matrix {
  product(x, weights, .transposed, on: workers)
}

/// `X · op(B)`, with X `[rows, k]` and op(B) `[k, columns]`.
package func product(
  _ x: borrowing Matrix, _ b: borrowing Matrix, _ orientation: Orientation = .plain, on workers: Workers
) -> Matrix {
  var y = Matrix(uninitializedRows: x.rows, columns: orientation == .plain ? b.columns : b.rows)
  y.withDisjointRows { y in
    workers.forEachTile(of: rowsPerTile, in: x.rows) { tile in
      var target = y.view(rows: tile)
      multiply(x.view(rows: tile), .plain, b.view(), orientation, into: &target)
    }
  }
  return y
}
