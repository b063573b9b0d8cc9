import Foundation
import LinearAlgebra
import Schemes
import Tensors

/// Half-quadratic quantization: moves the offset of each group such that most weights come out nearly right and a few may
/// not. It needs no data.
///
/// Badri and Shaji, "Half-Quadratic Quantization of Large Machine Learning Models" (2023). The paper minimises
/// φ(W − Q) with φ = Σ |·|ᵖ, p < 1, by a split into two problems that are solved in turn for each group:
/// `E ← shrink(W − Q)`, which has a closed form, and the offset under which Q is nearest to W − E. Here residuals are
/// measured in steps of the group's scale, so that β means the same for weights of any size, and what is taken in the end
/// is the best offset that the scheme can store: never worse by φ than what rounding starts with.
///
/// Scales stay, as in the paper: solved for in the same way they shrink to what suits most weights, and cutting off the
/// rest nearly trebled the divergence of a model at two bits. Integer zero points rarely move; it is with biases that this
/// solver pays.
package struct HQQ: Solver {
  /// p, the power of residuals.
  package let norm: Float
  package let iterations: Int
  /// β, how much the two halves are held together at first, per squared step.
  package let beta: Float
  /// κ, by which β grows from one iteration to the next.
  package let kappa: Float

  package static let defaultNorm = 0.7
  package static let defaultIterations = 20
  package static let defaultBeta = 10.0
  package static let defaultKappa = 1.01

  package init(
    norm: Float = Float(defaultNorm), iterations: Int = defaultIterations, beta: Float = Float(defaultBeta),
    kappa: Float = Float(defaultKappa)
  ) {
    self.norm = norm
    self.iterations = iterations
    self.beta = beta
    self.kappa = kappa
  }

  package var name: String { "hqq" }
  package var needs: StatisticsNeed { .nothing }

  package func obstacle(_ scheme: any Scheme) -> SolveError? {
    if case .uniform = scheme.levels, scheme.parameters.hasOffsets { return nil }
    return .needsOffsets(solver: name, type: scheme.name)
  }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(rows: weights.rows, columns: weights.columns)
    guard scheme.parameters.hasOffsets, case .uniform(let lowest, let count) = scheme.levels else {
      throw .needsOffsets(solver: name, type: scheme.name)
    }
    let levels = Float(lowest)...Float(lowest + count - 1)
    var grid = scheme.fit(
      weights, importance: [Float](repeating: 1, count: weights.columns), on: workers)
    let roundingError = relativeError(
      of: grid.nearestCodes(weights, on: workers), grid, weights, statistics, on: workers)
    grid.rows = workers.sharedMap(weights.rows) { [grid] row in
      var parameters = grid.rows[row]
      for group in 0..<parameters.scales.count where parameters.scales[group] != 0 {
        let range = group * grid.columnsPerGroup..<(group + 1) * grid.columnsPerGroup
        let stored = StoredOffsets(scheme, parameters, group)
        let steps = GroupInSteps(weights.row(row).extracting(range), of: stored.scale, levels, norm: norm)
        stored.take(bestOffset(steps, stored), in: &parameters)
      }
      return parameters
    }
    let codes = grid.nearestCodes(weights, on: workers)
    let error = relativeError(of: codes, grid, weights, statistics, on: workers)
    guard error.isFinite else { throw .notFinite(columns: weights.columns) }
    return Solution(
      codes: codes, grid: grid, record: SolveRecord(solver: name, roundingError: roundingError, error: error))
  }

  /// The best of the offsets that the iterations lead to and the scheme can store.
  private func bestOffset(_ group: GroupInSteps, _ stored: StoredOffsets) -> StoredOffsets.Offset {
    let unit = Double(stored.scale)
    var best = stored.first
    var z = Double(best.value) / unit
    var smallest = group.objective(z)
    var tried = [best]
    var β = Double(beta)
    for _ in 0..<iterations {
      let next = group.meanOffset(z, β: β)
      let hasSettled = abs(next - z) < 1e-7
      z = next
      for offset in stored.offsets(near: Float(z * unit)) where !tried.contains(offset) {
        tried.append(offset)
        let objective = group.objective(Double(offset.value) / unit)
        if objective < smallest { (best, smallest) = (offset, objective) }
      }
      if hasSettled { break }
      β *= Double(kappa)
    }
    return best
  }
}

/// One group of weights, measured in steps of its scale: `value = level − z`.
///
/// In double precision: φ has a cusp at every weight that comes out exactly, and small moves decide.
private struct GroupInSteps {
  private let weights: [Double]
  private let levels: ClosedRange<Double>
  private let norm: Double

  init(_ weights: Span<Float>, of unit: Float, _ levels: ClosedRange<Float>, norm: Float) {
    self.weights = (0..<weights.count).map { Double(weights[$0]) / Double(unit) }
    self.levels = Double(levels.lowerBound)...Double(levels.upperBound)
    self.norm = Double(norm)
  }

  /// φ of the residuals under nearest levels.
  func objective(_ z: Double) -> Double {
    weights.reduce(0) { $0 + pow(abs($1 + z - level($1, z)), norm) }
  }

  /// The offset that is best for W − E: the mean of what Q's levels exceed it by.
  func meanOffset(_ z: Double, β: Double) -> Double {
    var sum = 0.0
    for w in weights {
      let level = level(w, z)
      sum += level - (w - shrink(w + z - level, β))
    }
    return sum / Double(weights.count)
  }

  private func level(_ w: Double, _ z: Double) -> Double {
    max(levels.lowerBound, min(levels.upperBound, (w + z).rounded(.toNearestOrEven)))
  }

  /// The generalised soft threshold: sign(r) · max(0, |r| − |r|ᵖ⁻¹ / β).
  private func shrink(_ r: Double, _ β: Double) -> Double {
    let size = abs(r)
    guard size > 0 else { return 0 }
    let kept = max(0, size - pow(size, norm - 1) / β)
    return r < 0 ? -kept : kept
  }
}
