import LinearAlgebra
import Models
import Solvers
import Tensors

/// What the gradients of a text say of one matrix: how much each token counts for it, and what the loss feels of errors in its
/// outputs.
package struct MatrixLoss: Sendable {
  package let weights: TokenWeights
  package let outputs: OutputMetric
  /// The inputs of the text that was run back, and what errors cost there; nil where they were not asked for.
  package let costs: ActivationStatistics?
}

/// Sums over the gradients of matrices, by a key, while a text runs back through them.
///
/// With x what a matrix reads and g the gradient with respect to what it makes of that: ‖g‖² of each token, B = Σ ‖x‖² g gᵀ,
/// S = Σ ‖g‖² and T = Σ ‖g‖² ‖x‖².
package final class GradientSums<Key: Hashable> {
  private let sample: TextSample
  private let workers: Workers
  private var sums: [Key: GradientSum] = [:]

  package init(_ sample: TextSample, on workers: Workers) {
    self.sample = sample
    self.workers = workers
  }

  /// Adds what some rows read and their gradients, `[tokens, inputs]` and `[tokens, outputs]`.
  ///
  /// - Parameters:
  ///   - units: which tokens of the sample they are, counted from `first`.
  ///   - form: what is known of B in the end.
  package func add(
    _ x: borrowing Matrix, _ g: borrowing Matrix, in units: [RowUnit], from first: Int, of key: Key,
    _ form: OutputForm = .blocks
  ) {
    let sum = sums[key] ?? GradientSum(rows: g.columns, columns: x.columns, tokens: sample.sequences.tokens.count, form)
    sums[key] = sum
    sum.add(x, g, in: units, from: first, on: workers)
  }

  /// What was added of a key, which is forgotten here; nil where no gradient came through.
  package func take(_ key: Key) -> MatrixLoss? {
    sums.removeValue(forKey: key)?.finished(sample, on: workers)
  }

  /// Where anything was added.
  package var keys: [Key] { Array(sums.keys) }
}

/// What is summed up of B.
package enum OutputForm: Sendable {
  /// Diagonal blocks, of as many rows as `OutputBlocks` says.
  case blocks
  /// The diagonal.
  case rows
  /// The diagonal, and A of the same tokens beside it: what it takes to foretell costs of errors of rows by themselves.
  case costs
}

/// The diagonal blocks in which the metric of a matrix's outputs is kept.
package enum OutputBlocks {
  /// Rows of the largest. What rows of different blocks do to each other is left out, so that of a large matrix B takes no more
  /// memory than its Hessian.
  private static let rows = 4096

  /// Blocks of about the same size.
  package static func all(rows count: Int) -> [Range<Int>] {
    let blocks = max(1, (count + rows - 1) / rows)
    return (0..<blocks).map { $0 * count / blocks..<($0 + 1) * count / blocks }
  }
}

/// The sums of one matrix.
private final class GradientSum {
  private final class Block {
    let rows: Range<Int>
    var gram: GramMatrix

    init(_ rows: Range<Int>) {
      self.rows = rows
      gram = GramMatrix(size: rows.count)
    }

    func take() -> GramMatrix {
      var empty = GramMatrix(size: 0)
      swap(&gram, &empty)
      return empty
    }
  }

  private let blocks: [Block]
  /// The diagonal of B, where that is all.
  private var diagonal: [Double]
  /// A, where it is asked for.
  private var inputs: GramMatrix?
  /// ‖g‖² of each token of the sample; −1 where there was none.
  private var squares: [Float]
  /// S
  private var gradients = 0.0
  /// T
  private var products = 0.0

  init(rows: Int, columns: Int, tokens: Int, _ form: OutputForm) {
    blocks = form == .blocks ? OutputBlocks.all(rows: rows).map(Block.init) : []
    diagonal = form == .blocks ? [] : [Double](repeating: 0, count: rows)
    inputs = form == .costs ? GramMatrix(size: columns) : nil
    squares = [Float](repeating: -1, count: tokens)
  }

  func add(_ x: borrowing Matrix, _ g: borrowing Matrix, in units: [RowUnit], from first: Int, on workers: Workers) {
    let (ofInputs, ofGradients) = (rowSquares(x, on: workers), rowSquares(g, on: workers))
    for unit in units {
      for (row, token) in zip(unit.rows, unit.tokens) {
        squares[first + token] = ofGradients[row]
        gradients += Double(ofGradients[row])
        products += Double(ofGradients[row]) * Double(ofInputs[row])
      }
    }
    let lengths = ofInputs.map { $0.squareRoot() }
    for block in blocks {
      let own = scaled(g, columns: block.rows, by: lengths, on: workers)
      for unit in units { block.gram.add(own, rows: unit.rows, shard: unit.shard, on: workers) }
    }
    if !diagonal.isEmpty { addDiagonal(g, ofInputs, on: workers) }
    if inputs != nil {
      let own = scaled(x, columns: 0..<x.columns, by: ofGradients.map { $0.squareRoot() }, on: workers)
      for unit in units { inputs?.add(own, rows: unit.rows, shard: unit.shard, on: workers) }
    }
  }

  private static let columnsPerTask = 4096

  private func addDiagonal(_ g: borrowing Matrix, _ factors: [Float], on workers: Workers) {
    let width = Self.columnsPerTask
    var part = Matrix(rows: (g.columns + width - 1) / width, columns: width)
    part.withDisjointRows { part in
      workers.forEachTile(of: width, in: g.columns) { columns in
        var target = part.row(columns.lowerBound / width)
        for row in 0..<g.rows {
          let (values, factor) = (g.row(row), factors[row])
          for column in 0..<columns.count {
            let value = values[unchecked: columns.lowerBound &+ column]
            target[unchecked: column] += factor * value * value
          }
        }
      }
    }
    for row in diagonal.indices { diagonal[row] += Double(part[row / width, row % width]) }
  }

  func finished(_ sample: TextSample, on workers: Workers) -> MatrixLoss? {
    guard products > 0, products.isFinite, gradients.isFinite else { return nil }
    let seen = squares.count { $0 >= 0 }
    let mean = gradients / Double(max(1, seen))
    let weights = TokenWeights(sample, squares.map { $0 < 0 ? 1 : Float(Double($0) / mean) })
    // With weights of mean 1 in the Hessian, what it lacks of A stands here, and so does 1 / T, for one token.
    let share = gradients / (products * Double(squares.count))
    let outputs =
      blocks.isEmpty
      ? OutputMetric(rowWeights: diagonal.map { Float($0 * share) }, tokens: seen)
      : OutputMetric(
        blocks: blocks.map { OutputMetric.Block(rows: $0.rows, $0.take().finished(times: share, on: workers)) },
        tokens: seen)
    var costs: ActivationStatistics?
    if let sum = inputs.take() {
      costs = ActivationStatistics(
        hessian: sum.finished(times: 1 / gradients, on: workers), outputs: outputs, tokens: seen)
    }
    return MatrixLoss(weights: weights, outputs: outputs, costs: costs)
  }
}

/// ‖x‖² of each row.
private func rowSquares(_ x: borrowing Matrix, on workers: Workers) -> [Float] {
  var result = Matrix(uninitializedRows: x.rows, columns: 1)
  let columns = x.columns
  result.withDisjointRows { result in
    workers.forEachTile(of: 64, in: x.rows) { tile in
      for row in tile {
        let values = x.row(row)
        var target = result.row(row)
        target[0] = laneSum(columns) { values[unchecked: $0] * values[unchecked: $0] }
      }
    }
  }
  return result.array()
}
