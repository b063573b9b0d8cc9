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

/// A linear layer: `X Wᵀ`, with X `[tokens, in]` and W `[out, in]`, giving `[tokens, out]`.
package func linear(_ x: borrowing Matrix, _ weights: borrowing Matrix, on workers: Workers) -> Matrix {
  product(x, weights, .transposed, on: workers)
}

/// `X · op(B)`, with X `[rows, k]` and op(B) `[k, columns]`.
package func product(
  _ x: borrowing Matrix, _ b: borrowing Matrix, _ orientation: Orientation = .plain, on workers: Workers
) -> Matrix {
  var y = Matrix(uninitializedRows: x.rows, columns: orientation == .plain ? b.columns : b.rows)
  let tiles = ProductTiles(rows: y.rows, columns: y.columns)
  y.withDisjointRows { y in
    workers.forEach(tiles.count) { index in
      let (rows, columns) = tiles[index]
      var target = y.view(rows: rows, columns: columns)
      switch orientation {
      case .plain: multiply(x.view(rows: rows), .plain, b.view(rows: 0..<b.rows, columns: columns), into: &target)
      case .transposed: multiply(x.view(rows: rows), .plain, b.view(rows: columns), .transposed, into: &target)
      }
    }
  }
  return y
}

/// The rectangles of a product that one task each computes. They depend on the shape alone, so that results do not depend
/// on the number of workers.
struct ProductTiles {
  private let rows: Int
  private let columns: Int
  private let rowsPerTile: Int
  private let columnsPerTile: Int

  /// Large enough for BLAS to copy each factor into its own order only a few times; small enough for several tasks.
  private static let side = 1024

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    // Products of few rows still make two tasks.
    rowsPerTile = min(Self.side, max(64, (rows + 127) / 128 * 64))
    columnsPerTile = Self.side
  }

  private var across: Int { (columns + columnsPerTile - 1) / columnsPerTile }

  var count: Int { (rows + rowsPerTile - 1) / rowsPerTile * across }

  /// Tiles of the same columns follow each other: they read the same weights.
  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let down = count / max(1, across)
    let row = index % down * rowsPerTile
    let column = index / down * columnsPerTile
    return (row..<min(rows, row + rowsPerTile), column..<min(columns, column + columnsPerTile))
  }
}
