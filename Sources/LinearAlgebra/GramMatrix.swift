import COpenBLAS
import Tensors

/// A sum of outer products, Σ x xᵀ `[n, n]`: its size does not grow with the number of vectors.
///
/// Only the lower triangle is kept while vectors arrive, as square tiles that lie one after the other; `finished` mirrors it.
package struct GramMatrix: ~Copyable, Sendable {
  package let size: Int
  /// Vectors added so far.
  package private(set) var count = 0
  private let triangle: TiledTriangle
  /// The tiles of the triangle, each `[side, side]`, below each other.
  private var tiles: Matrix

  /// An empty sum over vectors of length `size`.
  package init(size: Int) {
    self.size = size
    triangle = TiledTriangle(size: size)
    tiles = Matrix(rows: triangle.tiles.count * triangle.side, columns: triangle.side)
  }

  /// Adds every row of `x` `[tokens, size]`. O(tokens · size²).
  ///
  /// Each tile is the work of one task: the order in which an element's terms are added depends on the order of calls alone.
  package mutating func add(_ x: borrowing Matrix, on workers: Workers) {
    precondition(x.columns == size, "vectors of another length")
    let triangle = triangle
    tiles.withDisjointRows { tiles in
      workers.forEach(triangle.tiles.count) { index in
        let (rows, columns) = triangle.tiles[index]
        let start = index * triangle.side
        var target = tiles.view(rows: start..<start + rows.count, columns: 0..<columns.count)
        let left = x.view(rows: 0..<x.rows, columns: rows)
        if rows == columns {
          addSymmetric(left, into: &target)
        } else {
          multiply(left, .transposed, x.view(rows: 0..<x.rows, columns: columns), .plain, into: &target, beta: 1)
        }
      }
    }
    count += x.rows
  }

  /// Whether no element of the diagonal is NaN or infinite.
  package var hasFiniteDiagonal: Bool {
    triangle.tiles.enumerated().allSatisfy { index, tile in
      tile.rows != tile.columns || (0..<tile.rows.count).allSatisfy { tiles[index * triangle.side + $0, $0].isFinite }
    }
  }

  /// The symmetric matrix Σ x xᵀ, times a factor.
  package consuming func finished(times factor: Float = 1, on workers: Workers) -> Matrix {
    var whole = Matrix(uninitializedRows: size, columns: size)
    let triangle = triangle
    let sums = tiles.view()
    whole.withDisjointRows { whole in
      workers.forEach(triangle.tiles.count) { index in
        let (rows, columns) = triangle.tiles[index]
        let tile = sums.base + index * triangle.side * sums.stride
        let lower = whole.view(rows: rows, columns: columns)
        let upper = whole.view(rows: columns, columns: rows)
        // A few columns at a time, so that the rows that they become stay in the cache.
        for start in stride(from: 0, to: columns.count, by: 16) {
          for row in 0..<rows.count {
            let last = rows == columns ? row + 1 : columns.count
            for column in start..<max(start, min(start + 16, last)) {
              let value = factor * tile[row * sums.stride + column]
              lower.base[row * lower.stride + column] = value
              upper.base[column * upper.stride + row] = value
            }
          }
        }
      }
    }
    return whole
  }
}

/// The lower triangle of a square matrix as square tiles.
private struct TiledTriangle: Sendable {
  /// Rows and columns of a tile; those at the margin fill it in part.
  let side: Int
  let tiles: [(rows: Range<Int>, columns: Range<Int>)]

  /// Sides that keep both products efficient and give each of a few cores several tiles.
  init(size: Int) {
    let side = min(512, max(128, (size / 8 + 63) / 64 * 64))
    let spans = stride(from: 0, to: size, by: side).map { $0..<min(size, $0 + side) }
    self.side = side
    tiles = spans.indices.flatMap { row in spans[...row].map { (rows: spans[row], columns: $0) } }
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

  /// Σ x yᵀ, times a factor.
  package consuming func finished(times factor: Float = 1, on workers: Workers) -> Matrix {
    sum.withDisjointRows { sum in
      workers.forEach(sum.rows) { row in
        var values = sum.row(row)
        for column in 0..<values.count { values[unchecked: column] *= factor }
      }
    }
    return sum
  }
}

/// Adds `Xᵀ X` to the lower triangle of `c`.
private func addSymmetric(_ x: MatrixView, into c: inout MutableMatrixView) {
  BLAS.singleThreaded
  cblas_ssyrk(
    CblasRowMajor, CblasLower, CblasTrans, Int32(x.columns), Int32(x.rows), 1, x.base, Int32(x.stride), 1, c.base,
    Int32(c.stride))
}
