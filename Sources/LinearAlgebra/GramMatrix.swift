import COpenBLAS
import Tensors

/// A sum of outer products, Σ x xᵀ `[n, n]`: its size does not grow with the number of vectors.
///
/// Only the lower triangle is kept up to date while vectors arrive; `finished` mirrors it.
package struct GramMatrix: ~Copyable, Sendable {
  package let size: Int
  /// Vectors added so far.
  package private(set) var count = 0
  private var lower: Matrix

  /// An empty sum over vectors of length `size`.
  package init(size: Int) {
    self.size = size
    lower = Matrix(rows: size, columns: size)
  }

  /// Adds every row of `x` `[tokens, size]`. O(tokens · size²).
  ///
  /// The triangle is cut into fixed squares, each the work of one task: the order in which an element's terms are added
  /// depends on the order of calls alone.
  package mutating func add(_ x: borrowing Matrix, on workers: Workers) {
    precondition(x.columns == size, "vectors of another length")
    let side = Self.tileSide(size)
    let tiles = (size + side - 1) / side
    let pairs = (0..<tiles).flatMap { row in (0...row).map { (row: row, column: $0) } }
    lower.withDisjointRows { lower in
      workers.forEach(pairs.count) { index in
        let pair = pairs[index]
        let rows = pair.row * side..<min(size, (pair.row + 1) * side)
        let columns = pair.column * side..<min(size, (pair.column + 1) * side)
        var target = lower.view(rows: rows, columns: columns)
        let left = x.view(rows: 0..<x.rows, columns: rows)
        if pair.row == pair.column {
          addSymmetric(left, into: &target)
        } else {
          multiply(left, .transposed, x.view(rows: 0..<x.rows, columns: columns), .plain, into: &target, beta: 1)
        }
      }
    }
    count += x.rows
  }

  /// The symmetric matrix Σ x xᵀ.
  package consuming func finished() -> Matrix {
    for row in 0..<size {
      for column in 0..<row { lower[column, row] = lower[row, column] }
    }
    return lower
  }

  /// Sides that keep both products efficient and give each of a few cores several tiles.
  private static func tileSide(_ size: Int) -> Int {
    min(512, max(128, (size / 8 + 63) / 64 * 64))
  }
}

/// A sum of outer products of pairs of vectors, Σ x yᵀ `[n, n]`.
package struct CrossGramMatrix: ~Copyable, Sendable {
  package let size: Int
  /// Pairs added so far.
  package private(set) var count = 0
  private var sum: Matrix

  /// An empty sum over pairs of vectors of length `size`.
  package init(size: Int) {
    self.size = size
    sum = Matrix(rows: size, columns: size)
  }

  /// Adds the pairs of rows of `x` and `y`, both `[tokens, size]`. O(tokens · size²).
  package mutating func add(_ x: borrowing Matrix, _ y: borrowing Matrix, on workers: Workers) {
    precondition(x.columns == size && y.columns == size && x.rows == y.rows, "vectors that do not pair")
    sum.withDisjointRows { sum in
      workers.forEachTile(of: 128, in: size) { rows in
        var target = sum.view(rows: rows)
        multiply(x.view(rows: 0..<x.rows, columns: rows), .transposed, y.view(), .plain, into: &target, beta: 1)
      }
    }
    count += x.rows
  }

  /// Σ x yᵀ
  package consuming func finished() -> Matrix { sum }
}

/// Adds `Xᵀ X` to the lower triangle of `c`.
private func addSymmetric(_ x: MatrixView, into c: inout MutableMatrixView) {
  BLAS.singleThreaded
  cblas_ssyrk(
    CblasRowMajor, CblasLower, CblasTrans, Int32(x.columns), Int32(x.rows), 1, x.base, Int32(x.stride), 1, c.base,
    Int32(c.stride))
}
