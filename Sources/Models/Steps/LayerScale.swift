import LinearAlgebra
import Tensors

/// Multiplies an edge by one number that each layer has learned.
package struct LayerScale: Step {
  package let role: Role
  package let from: Edge
  package let to: Edge

  package init(_ role: Role, from: Edge, to: Edge) {
    (self.role, self.from, self.to) = (role, from, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] { [BlockTensor(role: role, columns: 1)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(from)
    product.multiply(by: run.weights[role].matrix[0, 0])
    run.write(product, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    gradient.multiply(by: back.run.weights[role].matrix[0, 0])
    back.add(gradient, to: from)
  }
}
