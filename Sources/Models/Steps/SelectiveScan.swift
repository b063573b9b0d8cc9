import Foundation
import LinearAlgebra
import Tensors

/// A state for each head, which every token lets fade and adds to, and reads.
///
/// Sₜ = e^(Δₜ A) Sₜ₋₁ + Δₜ bₜ xₜᵀ and yₜ = Sₜᵀ cₜ + D xₜ, with Δ = ln(1 + e^(d + s)) within some limits and A = −e^r.
///
/// Dao and Gu, "Transformers are SSMs" (2024), section 2.
package struct SelectiveScan: Step {
  package let heads: Int
  /// Runs of heads that share keys and queries.
  package let groups: Int
  /// Of Δ.
  package let limits: ClosedRange<Float>
  /// x, `[tokens, heads · head size]`.
  package let values: Edge
  /// b and c, `[tokens, groups · state size]`.
  package let keys: Edge
  package let queries: Edge
  /// d, a column for each head.
  package let steps: Edge
  package let to: Edge

  package init(
    heads: Int, groups: Int = 1, limits: ClosedRange<Float> = StateSpace.anyStep, values: Edge, keys: Edge,
    queries: Edge, steps: Edge, to: Edge
  ) {
    (self.heads, self.groups, self.limits) = (heads, groups, limits)
    (self.values, self.keys, self.queries) = (values, keys, queries)
    (self.steps, self.to) = (steps, to)
  }

  package var reads: [Edge] { [values, keys, queries, steps] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[values] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [Role.stateRate, .stateSkip, .stateStep].map { BlockTensor(role: $0, columns: heads) }
  }
  package var mixesTokens: Bool { true }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let (x, b, c) = (run.read(values), run.read(keys), run.read(queries))
    let numbers = numbers(run)
    let (sequences, heads, groups) = (run.sequences, heads, groups)
    var result = Matrix(uninitializedRows: x.matrix.rows, columns: x.matrix.columns)
    result.withDisjointRows { result in
      run.workers.forEach(sequences.count * heads) { task in
        let head = task % heads
        var state = Matrix(rows: b.matrix.columns / groups, columns: x.matrix.columns / heads)
        for rows in DeltaChunk.all(of: sequences.ranges[task / heads]) {
          let chunk = ScanChunk(rows, head, x.matrix, b.matrix, c.matrix, numbers)
          var target = result.view(rows: rows, columns: chunk.columns)
          chunk.read(c.matrix, x.matrix, state.view(), skip: numbers.skips[head], into: &target)
          chunk.advance(&state, b.matrix)
        }
      }
    }
    run.write(result, to: to)
  }

  /// Δ of each token and head, and what weights say of heads.
  func numbers(_ run: StepRun) -> ScanNumbers {
    let (d, offsets) = (run.read(steps), run.weights[.stateStep].matrix.array())
    return ScanNumbers(
      steps: Matrix(rows: d.matrix.rows, columns: d.matrix.columns) {
        min(max(step(d.matrix[$0, $1] + offsets[$1]), limits.lowerBound), limits.upperBound)
      },
      rates: run.weights[.stateRate].matrix.array().map { -exp($0) }, skips: run.weights[.stateSkip].matrix.array(),
      groups: groups)
  }

  /// Δ before any limit.
  func step(_ x: Float) -> Float { GatedDelta.softplus(x) }
}
