import LinearAlgebra
import Tensors

/// Each channel by itself: a mixture of its values at a token and at those just before it in the sequence.
package struct CausalConvolution: Step {
  /// `[channels, taps]`; the last tap is for the token itself.
  package let role: Role
  package let bias: Role?
  package let taps: Int
  package let from: Edge
  package let to: Edge

  package init(_ role: Role, bias: Role? = nil, taps: Int, from: Edge, to: Edge) {
    (self.role, self.bias, self.taps, self.from, self.to) = (role, bias, taps, from, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [BlockTensor(role: role, rows: columns[from] ?? 0, columns: taps)]
      + (bias.map { [BlockTensor(role: $0, columns: columns[from] ?? 0)] } ?? [])
  }
  package var mixesTokens: Bool { true }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    bias == nil ? ChannelSource(edge: from, columns: Array(0..<(columns[from] ?? 0))) : nil
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let input = run.read(from)
    let firsts = run.sequences.ranges.flatMap { range in range.map { _ in range.lowerBound } }
    var result = mixture(input.matrix, run) { row in
      (max(0, firsts[row] - row + taps - 1)..<taps).map { ($0, row + 1 - taps + $0) }
    }
    if let bias { addBias(run.weights[bias].matrix, to: &result, on: run.workers) }
    run.write(result, to: to)
  }

  /// Each token takes part in those after it.
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    let lasts = back.run.sequences.ranges.flatMap { range in range.map { _ in range.upperBound - 1 } }
    let result = mixture(gradient, back.run) { row in
      (max(0, row + taps - 1 - lasts[row])..<taps).map { ($0, row + taps - 1 - $0) }
    }
    back.add(result, to: from)
  }

  /// Sums of rows, each times a tap of each channel.
  ///
  /// - Parameter terms: which rows take part, by which tap.
  private func mixture(
    _ x: borrowing Matrix, _ run: StepRun, _ terms: (_ row: Int) -> [(tap: Int, row: Int)]
  ) -> Matrix {
    let weights = run.weights[role].matrix.transposed()
    var result = Matrix(rows: x.rows, columns: x.columns)
    result.forEachRow(on: run.workers) { row, target in
      for term in terms(row) {
        let (values, factors) = (x.row(term.row), weights.row(term.tap))
        for column in 0..<values.count {
          target[unchecked: column] += factors[unchecked: column] * values[unchecked: column]
        }
      }
    }
    return result
  }
}
