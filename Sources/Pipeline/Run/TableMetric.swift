import LinearAlgebra
import Models
import Solvers
import Tensors

/// The metrics under which the embedding table is solved.
///
/// A matrix that makes logits has an input like any other: the final hidden state. A look-up table has none; but what reads
/// its rows has one, so an error in a row costs what the first block's input matrices make of it:
/// M = Σ AᵀA / ‖A‖² over A = W · diag(norm weight). Matrices are brought to a mean diagonal of 1 before they are added,
/// and a share of the identity stands for the readers that are not counted, above all the residual stream itself. Counting
/// the readers of all blocks, each divided by the stream's mean square there, gave the same divergence within one percent.
/// Where the sum of all embeddings is normed, everything reads the rows through the weights of that norm; that it also takes
/// off their mean and divides by their size is left out.
package struct TableMetric {
  /// The metric of what reads the table's rows, `[hidden, hidden]`, mean diagonal 1.
  private let readers: SharedMatrix
  /// What stands for the residual stream itself: the diagonal of a matrix, mean 1.
  private let stream: [Float]

  /// Shares of the identity. Measured in docs/quality.md.
  private static let identityOfSeparateTable: Float = 0.3
  private static let identityOfTiedTable: Float = 0.1

  /// - Parameters:
  ///   - block: the first block, as it was.
  ///   - size: columns of the table.
  ///   - embeddingNorm: the weights of a norm over the sum of all embeddings, where there is one.
  package init(
    firstBlock block: BlockWeights, _ wiring: BlockWiring, size: Int, embeddingNorm: SharedMatrix? = nil,
    on workers: Workers
  ) {
    var sum = GramMatrix(size: size)
    for input in wiring.normedInputs {
      for reader in input.readers {
        let norm = input.norm.map { block[$0] } ?? embeddingNorm
        sum.add(Self.normalized(block[reader].matrix, columnsTimes: norm), on: workers)
      }
    }
    readers = SharedMatrix(Self.unitDiagonal(sum.finished(on: workers)))
    let squares = embeddingNorm.map { $0.matrix.array().map { $0 * $0 } } ?? [Float](repeating: 1, count: size)
    let mean = squares.reduce(0, +) / Float(max(1, size))
    stream = mean > 0 ? squares.map { $0 / mean } : squares
  }

  /// The statistics for a table that only looks rows up.
  package func lookUp() -> ActivationStatistics {
    ActivationStatistics(hessian: sum(readers.matrix, identity: Self.identityOfSeparateTable), tokens: 0)
  }

  /// The statistics for a matrix that both looks rows up and makes logits.
  ///
  /// - Parameter finalHidden: what is known of the final hidden state.
  package func tied(_ finalHidden: ActivationStatistics) -> ActivationStatistics {
    var hessian = Self.unitDiagonal(finalHidden.hessian.copy())
    Self.add(readers.matrix, to: &hessian)
    return ActivationStatistics(
      hessian: sum(hessian, identity: Self.identityOfTiedTable), tokens: finalHidden.tokens)
  }

  /// W · diag(norm) / ‖W · diag(norm)‖, with ones where there is no norm.
  private static func normalized(_ matrix: borrowing Matrix, columnsTimes norm: SharedMatrix?) -> Matrix {
    var result = matrix.copy()
    let norm = norm?.matrix.array() ?? [Float](repeating: 1, count: matrix.columns)
    var squares = 0.0
    for row in 0..<result.rows {
      for column in 0..<result.columns {
        let value = result[row, column] * norm[column]
        result[row, column] = value
        squares += Double(value) * Double(value)
      }
    }
    let factor = squares > 0 ? Float(1 / squares.squareRoot()) : 0
    var elements = result.mutableElements
    for index in 0..<elements.count { elements[index] *= factor }
    return result
  }

  /// The matrix divided by the mean of its diagonal.
  private static func unitDiagonal(_ matrix: consuming Matrix) -> Matrix {
    var trace = 0.0
    for index in 0..<matrix.rows { trace += Double(matrix[index, index]) }
    let factor = trace > 0 ? Float(Double(matrix.rows) / trace) : 0
    var elements = matrix.mutableElements
    for index in 0..<elements.count { elements[index] *= factor }
    return matrix
  }

  private func sum(_ matrix: borrowing Matrix, identity share: Float) -> Matrix {
    var result = matrix.copy()
    for index in 0..<result.rows { result[index, index] += share * stream[index] }
    return result
  }

  private static func add(_ matrix: borrowing Matrix, to sum: inout Matrix) {
    let source = matrix.elements
    var elements = sum.mutableElements
    for index in 0..<elements.count { elements[index] += source[index] }
  }
}
