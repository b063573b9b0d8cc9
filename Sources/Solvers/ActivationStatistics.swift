import LinearAlgebra
import Synchronization
import Tensors

/// What calibration learned about the inputs of one or more matrices that read the same activations.
package final class ActivationStatistics: Sendable {
  /// The mean of x xᵀ over the inputs, `[columns, columns]`; empty where only its diagonal is known.
  package let hessian: Matrix
  /// Whether only the diagonal of the Hessian is known.
  package let isDiagonal: Bool
  /// The mean of (x₀ − x) xᵀ over the inputs, `[columns, columns]`, where x₀ is what the original model gives the layer for
  /// the same token; nil where that was not observed.
  package let drift: SharedMatrix?
  /// What the loss feels of errors in the outputs of the one matrix that these statistics are for; nil where they are for its layer
  /// alone, and inputs of all tokens count alike.
  package let outputs: OutputMetric?
  /// Calibration tokens behind it; 0 where the metric does not come from activations.
  package let tokens: Int
  /// `[columns]`: the diagonal of the Hessian, lifted to a millionth of its mean so that no group of columns that stayed
  /// silent in calibration is without any weight.
  package let importance: [Float]
  /// Whether the Hessian is free of NaN and infinity. Where it is not, no grid can be fitted and no code be chosen.
  let isFinite: Bool

  /// Matrices that read the same input share the factor; it is computed when the first of them asks.
  private let conditioned = Mutex<[Conditioning: ConditionedHessian]>([:])

  /// The same inputs in the order of their size, made when the first matrix asks.
  private let sortedStatistics = Mutex<SortedStatistics?>(nil)

  /// The statistics of the same inputs, those with the largest mean squares first. Made once.
  package func sortedByActivation() -> SortedStatistics {
    sortedStatistics.withLock { known in
      if let known { return known }
      let made = sorted()
      known = made
      return made
    }
  }

  /// - Parameters:
  ///   - hessian: symmetric, `[columns, columns]`.
  ///   - drift: `[columns, columns]`.
  ///   - outputs: where the Hessian and the drift are of tokens weighed by their gradients.
  package init(hessian: consuming Matrix, drift: SharedMatrix? = nil, outputs: OutputMetric? = nil, tokens: Int) {
    let size = hessian.rows
    var diagonal = [Float](repeating: 0, count: size)
    for column in 0..<size { diagonal[column] = hessian[column, column] }
    let floor = size == 0 ? 0 : 1e-6 * diagonal.reduce(0, +) / Float(size)
    importance = diagonal.map { max($0, floor) }
    isFinite = hessian.firstNonFinite() == nil
    isDiagonal = false
    self.drift = drift
    self.outputs = outputs
    self.hessian = hessian
    self.tokens = tokens
  }

  /// Statistics of which only the diagonal is known, as an importance matrix holds it.
  ///
  /// - Parameter meanSquares: `[columns]`, not negative.
  package init(meanSquares: [Float], tokens: Int) {
    let mean = meanSquares.reduce(0, +) / Float(max(1, meanSquares.count))
    importance = meanSquares.map { max($0, 1e-6 * mean) }
    isFinite = mean.isFinite
    isDiagonal = true
    drift = nil
    outputs = nil
    hessian = Matrix(rows: 0, columns: 0)
    self.tokens = tokens
  }

  /// The mean outer products of everything that was added to the sums.
  package convenience init(
    _ sum: consuming GramMatrix, drift: consuming CrossGramMatrix? = nil, outputs: OutputMetric? = nil,
    on workers: Workers
  ) {
    let tokens = sum.count
    let share = 1 / Double(max(1, tokens))
    var mean: SharedMatrix?
    if let drift { mean = SharedMatrix(drift.finished(times: share, on: workers)) }
    self.init(hessian: sum.finished(times: share, on: workers), drift: mean, outputs: outputs, tokens: tokens)
  }

  /// Statistics of inputs that nothing is known about: all columns count alike.
  package static func uniform(columns: Int) -> ActivationStatistics {
    ActivationStatistics(meanSquares: [Float](repeating: 1, count: columns), tokens: 0)
  }

  /// The statistics of the same inputs, each column divided by a number of its own, `[columns]`.
  package func divided(by divisors: [Float]) -> ActivationStatistics {
    if isDiagonal {
      return ActivationStatistics(meanSquares: zip(importance, divisors).map { $0 / ($1 * $1) }, tokens: tokens)
    }
    func divided(_ matrix: borrowing Matrix) -> Matrix {
      Matrix(rows: matrix.rows, columns: matrix.columns) { matrix[$0, $1] / (divisors[$0] * divisors[$1]) }
    }
    return ActivationStatistics(
      hessian: divided(hessian), drift: drift.map { SharedMatrix(divided($0.matrix)) }, outputs: outputs,
      tokens: tokens)
  }

  /// Whether weights `[rows, columns]` can be solved under these statistics.
  ///
  /// - Throws: `.shape`, `.outputs` or `.notFinite`.
  func check(rows: Int, columns: Int) throws(SolveError) {
    guard columns == importance.count else { throw .shape(columns: columns, statistics: importance.count) }
    if let outputs, outputs.rows != rows { throw .outputs(rows: rows, statistics: outputs.rows) }
    guard isFinite, outputs?.isFinite ?? true else { throw .notFinite(columns: columns) }
  }

  /// The Hessian made ready for a sweep over its columns. Computed once for each conditioning; O(columns³).
  ///
  /// - Throws: `.notPositiveDefinite` when no rung of the ladder helps; `.needsHessian` where only a diagonal is known.
  package func conditioned(for conditioning: Conditioning, on workers: Workers) throws(SolveError) -> ConditionedHessian
  {
    guard !isDiagonal else { throw .needsHessian }
    return try conditioned.withLock { cache throws(SolveError) in
      if let known = cache[conditioning] { return known }
      let made = try ConditionedHessian(hessian, conditioning, on: workers)
      cache[conditioning] = made
      return made
    }
  }
}
