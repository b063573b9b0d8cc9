import LinearAlgebra
import Tensors

/// Multiplies an edge by one number that each layer has learned, or each column by one of its own.
package struct LayerScale: Step {
  package let role: Role
  package let from: Edge
  package let to: Edge
  package let isOfColumns: Bool

  package init(_ role: Role, from: Edge, to: Edge, eachColumn: Bool = false) {
    (self.role, self.from, self.to, isOfColumns) = (role, from, to, eachColumn)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [BlockTensor(role: role, columns: isOfColumns ? columns[from] ?? 0 : 1)]
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(from)
    scale(&product, run)
    run.write(product, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    scale(&gradient, back.run)
    back.add(gradient, to: from)
  }

  private func scale(_ matrix: inout Matrix, _ run: StepRun) {
    let factors = run.weights[role]
    guard isOfColumns else { return matrix.multiply(by: factors.matrix[0, 0]) }
    multiplyColumns(of: &matrix, by: factors.matrix, on: run.workers)
  }
}

/// Multiplies each column by a number of its own, `[1, columns]`.
private func multiplyColumns(of matrix: inout Matrix, by factors: borrowing Matrix, on workers: Workers) {
  matrix.forEachRow(on: workers) { _, values in combine(&values, factors.row(0)) { $0 * $1 } }
}
