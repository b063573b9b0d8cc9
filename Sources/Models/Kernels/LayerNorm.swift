import LinearAlgebra
import Tensors

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
  result.forEachRow(on: workers) { row, target in
    let (values, weights, biases) = (x.row(row), weight.elements, bias.elements)
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
  return result
}

/// Adds one row to every row of x.
package func addBias(_ bias: borrowing Matrix, to x: inout Matrix, on workers: Workers) {
  precondition(bias.count == x.columns, "one bias for each column")
  x.forEachRow(on: workers) { _, values in combine(&values, bias.elements) { $0 + $1 } }
}
