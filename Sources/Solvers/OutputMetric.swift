import LinearAlgebra
import Tensors

/// What the loss feels of errors in a matrix's outputs: the other side of the Hessian that it comes with.
///
/// With x what a matrix reads and g the gradient of the loss with respect to what it makes of that, the Fisher matrix of its weights
/// is about B ⊗ A / T with A = Σ ‖g‖² x xᵀ, B = Σ ‖x‖² g gᵀ and T = Σ ‖g‖² ‖x‖². The statistics that hold this metric have as
/// their Hessian A with weights of mean 1, and this B has taken up all other factors: an error Δ `[rows, columns]` costs
/// ½ tr(Δᵀ B Δ A) nats of divergence per token.
package final class OutputMetric: Sendable {
  /// B of some consecutive rows of the matrix.
  package struct Block: Sendable {
    package let rows: Range<Int>
    /// Symmetric, `[rows, rows]`.
    package let matrix: SharedMatrix

    package init(rows: Range<Int>, _ matrix: consuming Matrix) {
      self.rows = rows
      self.matrix = SharedMatrix(matrix)
    }
  }

  /// `[rows]`: the diagonal of B.
  package let diagonal: [Float]
  /// Diagonal blocks of B, in order: one for all rows, or several where B would be too large; none where only the diagonal is known.
  package let blocks: [Block]
  /// Tokens of the backward pass behind it.
  package let tokens: Int
  /// The mean of the diagonal.
  let unit: Float
  /// Whether B is free of NaN and infinity.
  let isFinite: Bool

  package var rows: Int { diagonal.count }

  /// - Precondition: the blocks are of all rows, in order.
  package init(blocks: [Block], tokens: Int) {
    var diagonal: [Float] = []
    for block in blocks {
      precondition(block.rows.lowerBound == diagonal.count, "blocks of all rows, in order")
      for place in 0..<block.rows.count {
        diagonal.append(block.matrix.matrix[place, place])
      }
    }
    self.diagonal = diagonal
    self.blocks = blocks
    self.tokens = tokens
    unit = Self.mean(diagonal)
    isFinite = blocks.allSatisfy { $0.matrix.matrix.firstNonFinite() == nil }
  }

  /// A metric that weighs rows alone.
  ///
  /// - Parameter weights: `[rows]`, not negative.
  package init(rowWeights weights: [Float], tokens: Int) {
    diagonal = weights
    blocks = []
    self.tokens = tokens
    unit = Self.mean(diagonal)
    isFinite = unit.isFinite
  }

  private static func mean(_ diagonal: [Float]) -> Float {
    Float(diagonal.reduce(0.0) { $0 + Double($1) } / Double(max(1, diagonal.count)))
  }

  /// ½ tr(Δᵀ B Δ A): nats per token that an error costs. O(rows · columns · (rows of a block + columns)).
  ///
  /// - Parameters:
  ///   - delta: Δ, `[rows, columns]`.
  ///   - hessian: A, `[columns, columns]`.
  package func cost(of delta: borrowing Matrix, under hessian: borrowing Matrix, on workers: Workers) -> Double {
    precondition(delta.rows == diagonal.count, "an error of other rows")
    var cost = 0.0
    if blocks.isEmpty {
      // A few rows at a time: the table of a vocabulary is large.
      for start in stride(from: 0, to: delta.rows, by: Self.rowsAtATime) {
        let rows = start..<min(start + Self.rowsAtATime, delta.rows)
        let own = delta.copy(rows: rows)
        let product = LinearAlgebra.product(own, hessian, on: workers)
        for row in rows { cost += Double(diagonal[row]) * dot(own.row(row - start), product.row(row - start)) }
      }
    }
    for block in blocks {
      let own = delta.copy(rows: block.rows)
      let left = LinearAlgebra.product(block.matrix.matrix, own, on: workers)
      let right = LinearAlgebra.product(own, hessian, on: workers)
      for row in 0..<own.rows { cost += dot(left.row(row), right.row(row)) }
    }
    return 0.5 * cost
  }

  /// Rows to try something on, such that the mean of what their errors cost under A alone, times the sum of the diagonal, is about
  /// what the errors of all rows cost: each is taken as often as its share of the diagonal says.
  package func sample(rows count: Int) -> [Int] {
    let total = diagonal.reduce(0.0) { $0 + Double($1) }
    guard total > 0, total.isFinite else {
      return (0..<min(count, rows)).map { $0 * rows / min(count, rows) }
    }
    var sample: [Int] = []
    var sum = 0.0
    for row in 0..<rows {
      sum += Double(diagonal[row])
      while sample.count < count, (Double(sample.count) + 0.5) * total < sum * Double(count) { sample.append(row) }
    }
    return sample
  }

  /// The sum of the diagonal.
  package var total: Double { diagonal.reduce(0.0) { $0 + Double($1) } }

  private static let rowsAtATime = 4096
}
