import LinearAlgebra
import Tensors

/// Adds branches to streams, each times a number that every token has for the two: of stream j xⱼ + Σᵢ (cⱼᵢ + offset) bᵢ.
///
/// Baykal et al., "Alternating Updates for Efficient Transformers" (2023), section 3: streams are predicted by all of them, and corrected by
/// what a layer made of one.
package struct MixStreams: Step {
  package let streams: [Edge]
  package let branches: [Edge]
  /// The numbers, `[tokens, streams · branches]`, those of one stream side by side.
  package let factors: Edge
  package let offset: Float
  package let to: [Edge]

  /// - Precondition: as many edges are written as there are streams.
  package init(_ streams: [Edge], adding branches: [Edge], times factors: Edge, offset: Float = 0, to: [Edge]) {
    precondition(streams.count == to.count, "every stream goes on")
    (self.streams, self.branches, self.factors, self.offset, self.to) = (streams, branches, factors, offset, to)
  }

  package var reads: [Edge] { streams + branches.filter { !streams.contains($0) } + [factors] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] {
    zip(streams, to).map { ($1, columns[$0] ?? 0) }
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let numbers = run.read(factors)
    for (index, (stream, edge)) in zip(streams, to).enumerated() {
      var sum = run.read(stream).matrix.copy()
      for (place, branch) in branches.enumerated() {
        addRows(
          run.read(branch).matrix, to: &sum, times: numbers.matrix, column: index * branches.count + place, offset,
          on: run.workers)
      }
      run.write(sum, to: edge)
    }
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let (numbers, workers) = (back.run.read(factors), back.run.workers)
    let gradients = to.map { HeldMatrix(back.take($0)) }
    var ofFactors = Matrix(rows: numbers.matrix.rows, columns: numbers.matrix.columns)
    for (place, branch) in branches.enumerated() {
      let values = back.run.read(branch)
      var ofBranch = Matrix(rows: values.matrix.rows, columns: values.matrix.columns)
      for (index, gradient) in gradients.enumerated() {
        let column = index * branches.count + place
        addRows(
          gradient.matrix, to: &ofBranch, times: numbers.matrix, column: column, offset, on: workers)
        putProducts(gradient.matrix, values.matrix, into: &ofFactors, column: column, on: workers)
      }
      back.add(ofBranch, to: branch)
    }
    back.add(ofFactors, to: factors)
    for (stream, gradient) in zip(streams, gradients) { back.add(gradient.take(), to: stream) }
  }
}

/// Adds each row of `x`, times the row's number in a column of `factors` and an offset.
private func addRows(
  _ x: borrowing Matrix, to sum: inout Matrix, times factors: borrowing Matrix, column: Int, _ offset: Float,
  on workers: Workers
) {
  sum.forEachRow(on: workers) { row, values in
    let (added, factor) = (x.row(row), factors[row, column] + offset)
    for index in 0..<values.count { values[unchecked: index] += factor * added[unchecked: index] }
  }
}

/// Puts the product of each two rows into a column.
private func putProducts(
  _ x: borrowing Matrix, _ y: borrowing Matrix, into result: inout Matrix, column: Int, on workers: Workers
) {
  result.forEachRow(on: workers) { row, values in
    let (left, right) = (x.row(row), y.row(row))
    values[column] = laneSum(left.count) { left[unchecked: $0] * right[unchecked: $0] }
  }
}
