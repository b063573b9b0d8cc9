import LinearAlgebra
import Tensors

/// Rows that one task handles.
private let rowsPerTile = 64

/// (x − mean(x)) / σ(x) · weight + bias for each row.
///
/// Ba, Kiros and Hinton, "Layer Normalization" (2016).
/// - Parameters: x `[tokens, n]`, weight and bias `[1, n]`.
package func layerNorm(
  _ x: borrowing Matrix, _ weight: borrowing Matrix, _ bias: borrowing Matrix, epsilon: Float, on workers: Workers
) -> Matrix {
  precondition(weight.count == x.columns && bias.count == x.columns, "one weight and bias for each column")
  let count = x.columns
  var result = Matrix(uninitializedRows: x.rows, columns: count)
  result.withDisjointRows { result in
    workers.forEachTile(of: rowsPerTile, in: x.rows) { tile in
      for row in tile {
        let values = x.row(row)
        let weights = weight.elements
        let biases = bias.elements
        var target = result.row(row)
        let mean = laneSum(count) { values[unchecked: $0] } / Float(count)
        let squares = laneSum(count) {
          let difference = values[unchecked: $0] - mean
          return difference * difference
        }
        let factor = 1 / (squares / Float(count) + epsilon).squareRoot()
        for column in 0..<count {
          target[unchecked: column] =
            (values[unchecked: column] - mean) * factor * weights[unchecked: column] + biases[unchecked: column]
        }
      }
    }
  }
  return result
}

/// Adds one row to every row of x.
package func addBias(_ bias: borrowing Matrix, to x: inout Matrix, on workers: Workers) {
  precondition(bias.count == x.columns, "one bias for each column")
  let rows = x.rows
  x.withDisjointRows { x in
    workers.forEachTile(of: rowsPerTile, in: rows) { tile in
      let source = bias.elements
      for row in tile {
        var target = x.row(row)
        for column in 0..<source.count { target[unchecked: column] += source[unchecked: column] }
      }
    }
  }
}
