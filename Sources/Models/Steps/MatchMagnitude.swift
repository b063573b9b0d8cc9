import LinearAlgebra
import Tensors

/// Brings each row to the root mean square that the same row of another edge has: y √(mean z²) / √(max(mean y², ε)).
///
/// `transformers` modeling_gemma3n.
package struct MatchMagnitude: Step {
  package let from: Edge
  package let model: Edge
  package let epsilon: Float
  package let to: Edge

  package init(_ from: Edge, like model: Edge, epsilon: Float = 1e-5, to: Edge) {
    (self.from, self.model, self.epsilon, self.to) = (from, model, epsilon, to)
  }

  package var reads: [Edge] { [from, model] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var rows = run.take(from)
    let epsilon = epsilon
    pairRows(&rows, run.read(model).matrix, on: run.workers) { values, others in
      let count = values.count
      let own = laneSum(count) { values[unchecked: $0] * values[unchecked: $0] } / Float(count)
      let wanted = laneSum(count) { others[unchecked: $0] * others[unchecked: $0] } / Float(count)
      let factor = (wanted / max(own, epsilon)).squareRoot()
      for index in 0..<count { values[unchecked: index] *= factor }
    }
    run.write(rows, to: to)
  }

  /// With r² = mean z² and s² = mean y², what comes back to y is (r / s) (g − y (g · y) / (n s²)), without the second term where ε took the
  /// place of s²; to z, z (g · y) / (n r s).
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    let (rows, others, workers) = (back.run.read(from), back.run.read(model), back.run.workers)
    back.add(ofRows(gradient, rows.matrix, others.matrix, on: workers), to: from)
    back.add(ofModel(gradient, rows.matrix, others.matrix, on: workers), to: model)
  }

  private func ofRows(
    _ gradient: borrowing Matrix, _ rows: borrowing Matrix, _ others: borrowing Matrix, on workers: Workers
  ) -> Matrix {
    var result = gradient.copy()
    let epsilon = epsilon
    result.forEachRow(on: workers) { row, slopes in
      let (y, z, count) = (rows.row(row), others.row(row), slopes.count)
      let own = laneSum(count) { y[unchecked: $0] * y[unchecked: $0] } / Float(count)
      let wanted = laneSum(count) { z[unchecked: $0] * z[unchecked: $0] } / Float(count)
      let along = laneSum(count) { y[unchecked: $0] * slopes[unchecked: $0] } / Float(count)
      let factor = (wanted / max(own, epsilon)).squareRoot()
      let lost = own > epsilon ? along / own : 0
      for index in 0..<count {
        slopes[unchecked: index] = factor * (slopes[unchecked: index] - y[unchecked: index] * lost)
      }
    }
    return result
  }

  private func ofModel(
    _ gradient: borrowing Matrix, _ rows: borrowing Matrix, _ others: borrowing Matrix, on workers: Workers
  ) -> Matrix {
    var result = others.copy()
    let epsilon = epsilon
    result.forEachRow(on: workers) { row, z in
      let (y, slopes, count) = (rows.row(row), gradient.row(row), z.count)
      let own = laneSum(count) { y[unchecked: $0] * y[unchecked: $0] } / Float(count)
      let wanted = laneSum(count) { z[unchecked: $0] * z[unchecked: $0] } / Float(count)
      let along = laneSum(count) { y[unchecked: $0] * slopes[unchecked: $0] } / Float(count)
      let factor = wanted > 0 ? along / (wanted * max(own, epsilon)).squareRoot() : 0
      for index in 0..<count { z[unchecked: index] *= factor }
    }
    return result
  }
}
