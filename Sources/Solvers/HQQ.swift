import Foundation
import LinearAlgebra
import Schemes
import Tensors

/// Half-quadratic quantization: moves offsets such that most weights come out nearly right and a few may not. It needs no
/// data.
///
/// Badri and Shaji, "Half-Quadratic Quantization of Large Machine Learning Models" (2023). The paper minimises
/// φ(W − Q) with φ = Σ |·|ᵖ, p < 1, by a split into two problems that are solved in turn for each group:
/// `E ← shrink(W − Q)`, which has a closed form, and the offset under which Q is nearest to W − E in the mean. Here
/// residuals are measured in steps of the group's scale, so that β means the same for weights of any size, and what is
/// taken in the end is the best offset that the scheme can store: never a worse one by φ than rounding starts with.
package struct HQQ: Solver {
  /// p, the power of residuals.
  package let norm: Float
  package let iterations: Int
  /// β, how much the two halves are held together at first, per squared step.
  package let beta: Float
  /// κ, by which β grows from one iteration to the next.
  package let kappa: Float

  package init(norm: Float = 0.7, iterations: Int = 20, beta: Float = 10, kappa: Float = 1.01) {
    self.norm = norm
    self.iterations = iterations
    self.beta = beta
    self.kappa = kappa
  }

  package var name: String { "hqq" }
  package var needs: StatisticsNeed { .nothing }

  package func accepts(_ scheme: any Scheme) -> Bool {
    guard case .uniform = scheme.levels else { return false }
    return scheme.parameters.hasOffsets
  }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(columns: weights.columns)
    guard accepts(scheme), case .uniform(let lowest, let count) = scheme.levels else {
      throw .needsOffsets(solver: name, type: scheme.name)
    }
    let levels = Float(lowest)...Float(lowest + count - 1)
    var grid = scheme.fit(
      weights, importance: [Float](repeating: 1, count: weights.columns), on: workers)
    let rounded = grid.values(grid.nearestCodes(weights, on: workers), on: workers)
    let roundingError = relativeError(of: rounded, weights, statistics, on: workers)
    grid.rows = workers.map(weights.rows) { [grid] row in
      var parameters = grid.rows[row]
      for group in 0..<parameters.scales.count where parameters.scales[group] != 0 {
        let range = group * grid.columnsPerGroup..<(group + 1) * grid.columnsPerGroup
        let offsets = StoredOffsets(scheme, parameters, group)
        let best = bestOffset(weights.row(row).extracting(range), levels, offsets)
        offsets.take(best, in: &parameters)
      }
      return parameters
    }
    let codes = grid.nearestCodes(weights, on: workers)
    let error = relativeError(of: grid.values(codes, on: workers), weights, statistics, on: workers)
    guard error.isFinite else { throw .notFinite(columns: weights.columns) }
    return Solution(
      codes: codes, grid: grid, record: SolveRecord(solver: name, roundingError: roundingError, error: error))
  }

  /// The best of the offsets that the iterations lead to and the scheme can store.
  ///
  /// In double precision: φ has a cusp at every weight that comes out exactly, and small steps decide.
  private func bestOffset(
    _ W: Span<Float>, _ levels: ClosedRange<Float>, _ offsets: StoredOffsets
  ) -> StoredOffsets.Offset {
    let scale = Double(offsets.scale)
    let group = GroupInSteps(
      weights: (0..<W.count).map { Double(W[$0]) / scale }, lowest: Double(levels.lowerBound),
      highest: Double(levels.upperBound), norm: Double(norm))
    var best = offsets.first
    var z = Double(best.value) / scale
    var smallest = group.objective(z)
    var tried = [best.value]
    var β = Double(beta)
    for _ in 0..<iterations {
      let next = group.meanOffset(z, β: β)
      let hasSettled = abs(next - z) < 1e-7
      z = next
      for offset in offsets.stored(near: Float(z * scale)) where !tried.contains(offset.value) {
        tried.append(offset.value)
        let objective = group.objective(Double(offset.value) / scale)
        if objective < smallest { (best, smallest) = (offset, objective) }
      }
      if hasSettled { break }
      β *= Double(kappa)
    }
    return best
  }
}

/// One group of weights, measured in steps of its scale: `value = level − z`.
private struct GroupInSteps {
  let weights: [Double]
  let lowest: Double
  let highest: Double
  let norm: Double

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
    max(lowest, min(highest, (w + z).rounded(.toNearestOrEven)))
  }

  /// The generalised soft threshold: sign(r) · max(0, |r| − |r|ᵖ⁻¹ / β).
  private func shrink(_ r: Double, _ β: Double) -> Double {
    let size = abs(r)
    guard size > 0 else { return 0 }
    let kept = max(0, size - pow(size, norm - 1) / β)
    return r < 0 ? -kept : kept
  }
}
