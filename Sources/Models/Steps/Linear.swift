import LinearAlgebra
import Tensors

/// x Wᵀ + b: what a matrix of the checkpoint makes of an edge.
package struct Linear: Step {
  package let role: Role
  package let bias: Role?
  package let from: Edge
  package let to: Edge
  package let rows: Int
  /// Whether an earlier step of the block multiplies with the same matrix, which has its site there.
  package var isRepeated = false

  package init(_ role: Role, bias: Role? = nil, from: Edge, to: Edge, rows: Int, isRepeated: Bool = false) {
    (self.role, self.bias, self.from, self.to, self.rows) = (role, bias, from, to, rows)
    self.isRepeated = isRepeated
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, rows)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    let matrix = BlockTensor(
      role: role, rows: rows, columns: columns[from] ?? 0, site: isRepeated ? nil : from, isRepeated: isRepeated)
    return [matrix] + (bias.map { [BlockTensor(role: $0, columns: rows, isRepeated: isRepeated)] } ?? [])
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var result = run.product(run.read(from).matrix, role)
    if let bias { addBias(run.weights[bias, expert: run.expert].matrix, to: &result, on: run.workers) }
    run.write(result, to: to)
  }
}
