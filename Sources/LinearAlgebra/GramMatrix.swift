import COpenBLAS
import Tensors

/// A sum of outer products, Σ x xᵀ `[n, n]`: its size does not grow with the number of vectors.
///
/// Only the lower triangle is kept while vectors arrive, as square tiles that lie one after the other; `finished` mirrors it.
/// Each tile is summed up in Float32 until the next shard of the text begins or `LongSum.rowsPerPart` vectors are in it, and
/// these parts are added in Float64, in order: so a long text costs no digits.
package struct GramMatrix: ~Copyable, Sendable {
  package let size: Int
  /// Vectors added so far.
  package private(set) var count = 0
  private let triangle: TiledTriangle
  /// The tiles of the triangle, each `[side, side]`, below each other.
  private var tiles: LongSum

  /// An empty sum over vectors of length `size`.
  ///
  /// - Parameter isShared: whether other ranks sum up other shards; `gather` comes before `finished` then.
  package init(size: Int, isShared: Bool = false) {
    self.size = size
    triangle = TiledTriangle(size: size)
    tiles = LongSum(rows: triangle.tiles.count * triangle.side, columns: triangle.side, isShared: isShared)
  }

  /// Adds up what all ranks have, each of later shards than the rank before it.
  package mutating func gather(over ranks: any Ranks) {
    tiles.gather(over: ranks)
    count = ranks.gathered(count).reduce(0, +)
  }

  /// Adds some rows of `x` `[tokens, size]`, or all. O(rows · size²).
  ///
  /// Each tile is the work of one task: the order in which an element's terms are added depends on the order of calls alone.
  ///
  /// - Parameter shard: of the text that they come from; shards come one after the other.
  package mutating func add(
    _ x: borrowing Matrix, rows: Range<Int>? = nil, shard: Int = 0, on workers: Workers
  ) {
    precondition(x.columns == size, "vectors of another length")
    let vectors = rows ?? 0..<x.rows
    guard !vectors.isEmpty else { return }
    let triangle = triangle
    let beta: Float = tiles.begin(vectors.count, shard: shard, on: workers) ? 0 : 1
    tiles.part.withDisjointRows { tiles in
      workers.forEach(triangle.tiles.count) { index in
        let (rows, columns) = triangle.tiles[index]
        let start = index * triangle.side
        var target = tiles.view(rows: start..<start + rows.count, columns: 0..<columns.count)
        let left = x.view(rows: vectors, columns: rows)
        if rows == columns {
          addSymmetric(left, into: &target, beta: beta)
        } else {
          multiply(left, .transposed, x.view(rows: vectors, columns: columns), .plain, into: &target, beta: beta)
        }
      }
    }
    count += vectors.count
  }

  /// Whether no element of the diagonal is NaN or infinite, in what was added since the last shard began.
  package var hasFiniteDiagonal: Bool {
    triangle.tiles.enumerated().allSatisfy { index, tile in
      tile.rows != tile.columns
        || (0..<tile.rows.count).allSatisfy { tiles.part[index * triangle.side + $0, $0].isFinite }
    }
  }

  /// The symmetric matrix Σ x xᵀ, times a factor.
  package consuming func finished(times factor: Double = 1, on workers: Workers) -> Matrix {
    let sums = tiles.finished(times: factor, on: workers)
    var whole = Matrix(uninitializedRows: size, columns: size)
    let triangle = triangle
    let source = sums.view()
    whole.withDisjointRows { whole in
      workers.forEach(triangle.tiles.count) { index in
        let (rows, columns) = triangle.tiles[index]
        let tile = source.base + index * triangle.side * source.stride
        let lower = whole.view(rows: rows, columns: columns)
        let upper = whole.view(rows: columns, columns: rows)
        // A few columns at a time, so that the rows that they become stay in the cache.
        for start in stride(from: 0, to: columns.count, by: 16) {
          for row in 0..<rows.count {
            let last = rows == columns ? row + 1 : columns.count
            for column in start..<max(start, min(start + 16, last)) {
              let value = tile[row * source.stride + column]
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

/// A sum of outer products of pairs of vectors, Σ x yᵀ `[n, n]`, added up as `GramMatrix` does.
package struct CrossGramMatrix: ~Copyable, Sendable {
  package let size: Int
  /// Pairs added so far.
  package private(set) var count = 0
  private var sum: LongSum

  /// An empty sum over pairs of vectors of length `size`.
  ///
  /// - Parameter isShared: whether other ranks sum up other shards; `gather` comes before `finished` then.
  package init(size: Int, isShared: Bool = false) {
    self.size = size
    sum = LongSum(rows: size, columns: size, isShared: isShared)
  }

  /// Adds up what all ranks have, each of later shards than the rank before it.
  package mutating func gather(over ranks: any Ranks) {
    sum.gather(over: ranks)
    count = ranks.gathered(count).reduce(0, +)
  }

  /// Adds some pairs of rows of `x` and `y`, both `[tokens, size]`, or all. O(rows · size²).
  ///
  /// - Parameter shard: of the text that they come from; shards come one after the other.
  package mutating func add(
    _ x: borrowing Matrix, _ y: borrowing Matrix, rows: Range<Int>? = nil, shard: Int = 0, on workers: Workers
  ) {
    precondition(x.columns == size && y.columns == size && x.rows == y.rows, "vectors that do not pair")
    let pairs = rows ?? 0..<x.rows
    guard !pairs.isEmpty else { return }
    let beta: Float = sum.begin(pairs.count, shard: shard, on: workers) ? 0 : 1
    sum.part.withDisjointRows { sum in
      workers.forEachTile(of: 128, in: size) { rows in
        var target = sum.view(rows: rows)
        multiply(
          x.view(rows: pairs, columns: rows), .transposed, y.view(rows: pairs), .plain, into: &target, beta: beta)
      }
    }
    count += pairs.count
  }

  /// Σ x yᵀ, times a factor.
  package consuming func finished(times factor: Double = 1, on workers: Workers) -> Matrix {
    sum.finished(times: factor, on: workers)
  }
}

/// `Xᵀ X + beta · C` in the lower triangle of `c`.
private func addSymmetric(_ x: MatrixView, into c: inout MutableMatrixView, beta: Float) {
  BLAS.singleThreaded
  cblas_ssyrk(
    CblasRowMajor, CblasLower, CblasTrans, Int32(x.columns), Int32(x.rows), 1, x.base, Int32(x.stride), beta, c.base,
    Int32(c.stride))
}
