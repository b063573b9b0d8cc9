import Foundation
import LinearAlgebra
import Tensors

/// Multiplies each token's row by 1 + β ln(1 + ⌊(p + s) / L⌋), where p is its position: scores of tokens far into a text are as sharp as those
/// of its first ones.
///
/// Meta AI, "The Llama 4 herd" (2025), where scores are scaled at inference; `transformers` modeling_ministral3, modeling_llama4.
package struct PositionGrowth: Step {
  package struct Numbers: Sendable, Equatable {
    /// β
    package var slope: Float
    /// L, after how many tokens rows begin to grow.
    package var length: Int
    /// s, what the position of the first token counts.
    package var first: Int

    package init(slope: Float, length: Int, first: Int = 0) {
      (self.slope, self.length, self.first) = (slope, length, first)
    }

    package func factor(at position: Int) -> Float { 1 + slope * logf(Float(1 + (position + first) / length)) }
  }

  package let numbers: Numbers
  package let from: Edge
  package let to: Edge

  package init(_ from: Edge, _ numbers: Numbers, to: Edge) {
    (self.from, self.numbers, self.to) = (from, numbers, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var rows = run.take(from)
    grow(&rows, run)
    run.write(rows, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    grow(&gradient, back.run)
    back.add(gradient, to: from)
  }

  private func grow(_ matrix: inout Matrix, _ run: StepRun) {
    let (positions, numbers) = (run.sequences.positions, numbers)
    matrix.forEachRow(on: run.workers) { row, values in
      let factor = numbers.factor(at: positions[row])
      for index in 0..<values.count { values[unchecked: index] *= factor }
    }
  }
}
