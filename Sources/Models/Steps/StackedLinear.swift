import LinearAlgebra
import Tensors

/// xᵢ Wᵢᵀ: several edges, each with a matrix of its own, all of which are stacked in one tensor of a GGUF file.
package struct StackedLinear: Step {
  package let role: Role
  package let from: [Edge]
  package let to: [Edge]
  package let rows: Int

  /// - Precondition: as many edges are written as are read; the same edge may be read by all.
  package init(_ role: Role, from: [Edge], to: [Edge], rows: Int) {
    precondition(from.count == to.count, "a matrix for each edge")
    (self.role, self.from, self.to, self.rows) = (role, from, to, rows)
  }

  package var reads: [Edge] { from.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { to.map { ($0, rows) } }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [
      BlockTensor(
        role: role, rows: rows, columns: columns[from[0]] ?? 0, experts: from.count, site: Self.site(role))
    ]
  }

  /// What the matrices of a role read.
  private static func site(_ role: Role) -> Site { Edge("\(role)Input") }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    for (index, (input, output)) in zip(from, to).enumerated() {
      let x = run.read(input)
      observe(Self.site(role).of(expert: index), x.matrix, run.units)
      run.write(run.product(x.matrix, role, at: index), to: output)
    }
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    for (index, (input, output)) in zip(from, to).enumerated() {
      let gradient = back.take(output)
      observe(role, index, back.run.read(input).matrix, gradient, back.run.units)
      back.add(back.product(gradient, role, at: index), to: input)
    }
  }
}
