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
///
/// - Parameter units: rows, one after the other, whose products have the same bits whatever other rows come with them; nil for
///   all rows as one.
package func linear(
  _ x: borrowing Matrix, _ weights: borrowing Matrix, units: [Range<Int>]? = nil, on workers: Workers
) -> Matrix {
  product(x, weights, .transposed, units: units, on: workers)
}

/// `X · op(B)`, with X `[rows, k]` and op(B) `[k, columns]`.
package func product(
  _ x: borrowing Matrix, _ b: borrowing Matrix, _ orientation: Orientation = .plain, units: [Range<Int>]? = nil,
  on workers: Workers
) -> Matrix {
  var y = Matrix(uninitializedRows: x.rows, columns: orientation == .plain ? b.columns : b.rows)
  let tiles = (units ?? [0..<y.rows]).flatMap { ProductTiles.all(rows: $0, columns: y.columns) }
  fill(&y, tiles, x, b, orientation, on: workers)
  return y
}

/// `X · B` of which each rank computes some rows, with the bits of `product`. All ranks call it, with the same factors.
package func sharedProduct(_ x: borrowing Matrix, _ b: borrowing Matrix, on workers: Workers) -> Matrix {
  var y = Matrix(uninitializedRows: x.rows, columns: b.columns)
  let rows = ProductTiles.rows(0..<y.rows)
  let own = rows[workers.ranks.share(of: rows.count)]
  let tiles = ProductTiles.all(rows: 0..<y.rows, columns: y.columns).filter { own.contains($0.rows) }
  fill(&y, tiles, x, b, .plain, on: workers)
  workers.shareRows(of: &y, in: rows)
  return y
}

private func fill(
  _ y: inout Matrix, _ tiles: [(rows: Range<Int>, columns: Range<Int>)], _ x: borrowing Matrix, _ b: borrowing Matrix,
  _ orientation: Orientation, on workers: Workers
) {
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
}

/// The rectangles of a product that one task each computes. They depend on the shape alone, so that results do not depend
/// on the number of workers.
enum ProductTiles {
  /// Large enough for BLAS to copy each factor into its own order only a few times; small enough for several tasks.
  private static let side = 1024

  /// Those of some rows. Tiles of the same columns follow each other: they read the same weights.
  static func all(rows: Range<Int>, columns: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
    let rows = Self.rows(rows)
    return cuts(of: 0..<columns, at: side).flatMap { columns in rows.map { (rows: $0, columns: columns) } }
  }

  /// The rows of the tiles of some rows.
  static func rows(_ rows: Range<Int>) -> [Range<Int>] {
    // Products of few rows still make two tasks.
    cuts(of: rows, at: min(side, max(64, (rows.count + 127) / 128 * 64)))
  }

  private static func cuts(of range: Range<Int>, at size: Int) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: size).map { $0..<min(range.upperBound, $0 + size) }
  }
}
