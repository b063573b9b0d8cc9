import Foundation
import LinearAlgebra
import Tensors

/// The gated delta rule: a state for each head of values, which every token lets fade and corrects by what it says for the token's key.
///
/// Sₜ = e^gₜ Sₜ₋₁ + kₜ βₜ (vₜ − e^gₜ Sₜ₋₁ᵀ kₜ)ᵀ and oₜ = Sₜᵀ qₜ, with β = σ(b) and g = −e^A softplus(a + d).
///
/// Yang, Kautz and Hatamizadeh, "Gated Delta Networks: Improving Mamba2 with Delta Rule" (2024), equation 10.
package struct GatedDelta: Step {
  package let heads: DeltaHeads
  package let queries: Edge
  package let keys: Edge
  package let values: Edge
  /// b and a, a column for each head of values.
  package let beta: Edge
  package let alpha: Edge
  package let to: Edge

  package init(
    _ heads: DeltaHeads, queries: Edge, keys: Edge, values: Edge, beta: Edge, alpha: Edge, to: Edge
  ) {
    (self.heads, self.queries, self.keys, self.values) = (heads, queries, keys, values)
    (self.beta, self.alpha, self.to) = (beta, alpha, to)
  }

  package var reads: [Edge] { [queries, keys, values, beta, alpha] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[values] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    [Role.deltaRate, .deltaStep].map { BlockTensor(role: $0, columns: heads.valueHeads) }
  }
  package var mixesTokens: Bool { true }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let (q, k, v) = (run.read(queries), run.read(keys), run.read(values))
    run.write(
      gatedDelta(
        queries: q.matrix, keys: k.matrix, values: v.matrix, gates(run), heads, run.sequences, on: run.workers), to: to)
  }

  /// What the gates of each token make of states.
  func gates(_ run: StepRun) -> DeltaGates {
    let (b, a) = (run.read(beta), run.read(alpha))
    let (rates, steps) = (run.weights[.deltaRate].matrix.array(), run.weights[.deltaStep].matrix.array())
    return DeltaGates(
      strengths: Matrix(rows: b.matrix.rows, columns: b.matrix.columns) { 1 / (1 + exp(-b.matrix[$0, $1])) },
      decays: Matrix(rows: a.matrix.rows, columns: a.matrix.columns) {
        -exp(rates[$1]) * Self.softplus(a.matrix[$0, $1] + steps[$1])
      })
  }

  /// ln(1 + eˣ)
  static func softplus(_ x: Float) -> Float { x > 20 ? x : log1p(exp(x)) }
}
