import LinearAlgebra
import Tensors

/// How B is made ready for a solve.
package struct OutputConditioning: Sendable, Hashable {
  /// What is added to the diagonal, relative to its mean.
  package let damping: Float
  /// The share of what stands beside the diagonal that is kept, from 0 to 1: what few tokens say about pairs of outputs is less
  /// certain than what they say about each.
  package let correlation: Float

  package init(damping: Float, correlation: Float) {
    self.damping = damping
    self.correlation = correlation
  }
}

/// The metric B of a layer's outputs, conditioned, with a diagonal in units of its mean, as tiles of rows see it.
///
/// For a tile t, `own` is the square of B at its rows, and what all other rows say to them is Σ X_u B_ut over the other tiles u, with
/// X = A (T − Q)ᵀ the gradient of rows by themselves.
struct RowCoupling {
  private let metric: OutputMetric
  private let conditioning: OutputConditioning
  private let scale: Float

  init(_ metric: OutputMetric, _ conditioning: OutputConditioning) {
    self.metric = metric
    self.conditioning = conditioning
    scale = metric.unit > 0 ? 1 / metric.unit : 1
  }

  /// The rows of each tile: none has rows of two blocks of B.
  var ranges: [Range<Int>] {
    metric.blocks.flatMap { block in
      RowTile.ranges(rows: block.rows.count).map {
        block.rows.lowerBound + $0.lowerBound..<block.rows.lowerBound + $0.upperBound
      }
    }
  }

  /// The square of B at the rows of a tile, `[lanes, lanes]`; lanes without a row stand by themselves.
  func own(_ rows: Range<Int>) -> Matrix {
    let lanes = RowTile.lanes(rows)
    let block = block(of: rows)
    let first = rows.lowerBound - block.rows.lowerBound
    let beside = scale * conditioning.correlation
    var own = Matrix(rows: lanes, columns: lanes)
    for row in 0..<rows.count {
      var target = own.mutableRow(row)
      for column in 0..<rows.count {
        target[unchecked: column] = beside * block.matrix.matrix[first + row, first + column]
      }
    }
    for lane in 0..<lanes { own[lane, lane] = lane < rows.count ? diagonal(rows.lowerBound + lane) : 1 }
    return own
  }

  /// Σ B_ii wᵢ A wᵢᵀ over the rows of a tile: what their weights cost the loss, each row by itself.
  func energy(_ weights: borrowing Matrix, _ rows: Range<Int>, _ conditioned: ConditionedHessian) -> Double {
    var weighted = RowTile.turned(weights, rows: rows, order: conditioned.order)
    let roots = rows.map { diagonal($0).squareRoot() }
    for column in 0..<weighted.rows {
      var row = weighted.mutableRow(column)
      for lane in 0..<roots.count { row[unchecked: lane] *= roots[lane] }
    }
    return Solvers.energy(weighted, under: conditioned.hessian)
  }

  /// B_ii. An output that the loss never looked at is solved all the same.
  private func diagonal(_ row: Int) -> Float { max(scale * metric.diagonal[row] + conditioning.damping, 1e-6) }

  /// Σ X_u B_ut over the tiles of other rows, `[columns, lanes]`.
  ///
  /// - Parameters:
  ///   - index: of the tile t.
  ///   - tiles: all tiles of the layer, in order.
  ///   - isHalf: whether only tiles before t count.
  func others(of index: Int, in tiles: [CoupledTile], isHalf: Bool = false, on workers: Workers) -> Matrix {
    let rows = tiles[index].rows
    let block = block(of: rows)
    let columns = tiles[index].X.rows
    var sum = Matrix(rows: columns, columns: RowTile.lanes(rows))
    guard conditioning.correlation > 0 else { return sum }
    let start = block.rows.lowerBound
    let own = rows.lowerBound - start..<rows.upperBound - start
    let others = tiles.indices.filter {
      (isHalf ? $0 < index : $0 != index) && block.rows.contains(tiles[$0].rows.lowerBound)
    }
    sum.withDisjointRows { sum in
      workers.forEachTile(of: rowsPerTask, in: columns) { range in
        var target = sum.view(rows: range, columns: 0..<rows.count)
        for other in others {
          let their = tiles[other].rows.lowerBound - start..<tiles[other].rows.upperBound - start
          add(tiles[other].X, their, range, block.matrix.matrix, own, to: &target)
        }
      }
    }
    return sum
  }

  /// Adds X B of the rows of one tile, for the rows of another.
  ///
  /// - Parameters:
  ///   - X: of the one, `[columns, lanes]`.
  ///   - range: of the columns that are asked for.
  ///   - B: of their block.
  ///   - rows, own: the places in the block of the one and of the other.
  private func add(
    _ X: borrowing Matrix, _ rows: Range<Int>, _ range: Range<Int>, _ B: borrowing Matrix, _ own: Range<Int>,
    to sum: inout MutableMatrixView
  ) {
    multiply(
      X.view(rows: range, columns: 0..<rows.count), .plain, B.view(rows: rows, columns: own), .plain, into: &sum,
      alpha: scale * conditioning.correlation, beta: 1)
  }

  /// The block that holds the rows of a tile.
  private func block(of rows: Range<Int>) -> OutputMetric.Block {
    guard let block = metric.blocks.first(where: { $0.rows.contains(rows.lowerBound) }),
      rows.upperBound <= block.rows.upperBound
    else { preconditionFailure("a block of a metric holds whole tiles of rows") }
    return block
  }
}

/// Rows of a product with all columns of a layer that one task computes.
let rowsPerTask = 512
