import LinearAlgebra
import Tensors

extension Norm {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    back.add(
      kind.adjoint(
        gradient, back.run.read(from).matrix, weights(in: back.run).matrix, groups, epsilon: epsilon,
        on: back.run.workers),
      to: from)
  }
}

extension Norm.Kind {
  /// y = w · z with z = (x − m) / s is turned back by (h − z · mean(h z) − [mean(h)]) / s with h = w · g; root mean squares take no
  /// mean off.
  ///
  /// - Parameters: gradient and x `[tokens, heads · n]`, weight `[1, n]`.
  func adjoint(
    _ gradient: borrowing Matrix, _ x: borrowing Matrix, _ weight: borrowing Matrix, _ groups: Int = 1, epsilon: Float,
    on workers: Workers
  ) -> Matrix {
    let count = weight.count / groups
    let takesMean = takesMean
    var result = Matrix(uninitializedRows: x.rows, columns: x.columns)
    result.forEachRow(on: workers) { row, target in
      let (values, slopes, weights) = (x.row(row), gradient.row(row), weight.elements)
      for start in stride(from: 0, to: values.count, by: count) {
        let first = start % weights.count
        let mean = takesMean ? laneSum(count) { values[unchecked: start &+ $0] } / Float(count) : 0
        let squares = laneSum(count) {
          let difference = values[unchecked: start &+ $0] - mean
          return difference * difference
        }
        let factor = 1 / (squares / Float(count) + epsilon).squareRoot()
        let along = laneSum(count) {
          slopes[unchecked: start &+ $0] * weights[unchecked: first &+ $0] * (values[unchecked: start &+ $0] - mean)
        }
        let across = takesMean ? laneSum(count) { slopes[unchecked: start &+ $0] * weights[unchecked: first &+ $0] } : 0
        for column in 0..<count {
          let z = (values[unchecked: start &+ column] - mean) * factor
          let h = slopes[unchecked: start &+ column] * weights[unchecked: first &+ column]
          target[unchecked: start &+ column] = factor * (h - z * along * factor / Float(count) - across / Float(count))
        }
      }
    }
    return result
  }
}
