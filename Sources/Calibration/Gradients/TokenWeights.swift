import Models
import Tensors

/// How much each token of a text counts for one matrix: its squared gradient ‖g‖², relative to the mean.
package struct TokenWeights: Sendable {
  private let sample: TextSample
  /// For each token of the sample; 1 for what the matrix was not shown.
  private let values: [Float]

  init(_ sample: TextSample, _ values: [Float]) {
    self.sample = sample
    self.values = values
  }

  /// Tokens of which nothing is known count with the mean weight: 1.
  ///
  /// - Parameter token: its place in the text.
  package subscript(token: Int) -> Float {
    sample.place(ofToken: token).map { values[$0] } ?? 1
  }

  /// What a matrix read, each row times the root of its token's weight: the sum of their outer products is weighed.
  ///
  /// - Parameters:
  ///   - rows: `[tokens, inputs]`.
  ///   - units: which tokens they are, counted from `first`.
  package func applied(
    to rows: borrowing Matrix, in units: [RowUnit], from first: Int, on workers: Workers
  ) -> Matrix {
    var roots = [Float](repeating: 0, count: rows.rows)
    for unit in units {
      for (row, token) in zip(unit.rows, unit.tokens) { roots[row] = self[first + token].squareRoot() }
    }
    return scaled(rows, columns: 0..<rows.columns, by: roots, on: workers)
  }
}

/// Some columns of a matrix, each row times a factor of its own.
func scaled(
  _ rows: borrowing Matrix, columns: Range<Int>, by factors: [Float], on workers: Workers
) -> Matrix {
  var result = Matrix(uninitializedRows: rows.rows, columns: columns.count)
  result.withDisjointRows { result in
    workers.forEachTile(of: 64, in: factors.count) { tile in
      for row in tile {
        let (source, factor) = (rows.row(row), factors[row])
        var target = result.row(row)
        for column in 0..<target.count {
          target[unchecked: column] = factor * source[unchecked: columns.lowerBound &+ column]
        }
      }
    }
  }
  return result
}
