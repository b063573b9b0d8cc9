import LinearAlgebra
import Models
import Schemes
import Solvers
import Tensors

/// What rounding to nearest costs the matrices that read a site, for scales of its channels: a few rows stand for all.
struct ScalingLoss: ~Copyable {
  private let statistics: ActivationStatistics
  private let samples: [(rows: SharedMatrix, scheme: any Scheme)]
  /// tr(W H Wᵀ) over the samples.
  let total: Double

  /// Rows of each matrix that are tried.
  private static let rowsPerMatrix = 128

  /// - Returns: nil where no matrix that reads the site is quantized, or nothing is known of their input.
  init?(_ block: ObservedBlock, _ channels: BlockWiring.Channels, _ schemes: [Role: any Scheme]) {
    guard let statistics = block.statistics[channels.site] else { return nil }
    var samples: [(rows: SharedMatrix, scheme: any Scheme)] = []
    for reader in channels.readers {
      guard let scheme = schemes[reader] else { continue }
      samples.append((SharedMatrix(Self.sample(block.weights[reader].matrix)), scheme))
    }
    guard !samples.isEmpty else { return nil }
    self.statistics = statistics
    self.samples = samples
    total = samples.reduce(0) { $0 + quadraticTrace($1.rows.matrix, statistics.hessian, on: Workers(count: 1)) }
  }

  /// Rows spread evenly.
  private static func sample(_ matrix: borrowing Matrix) -> Matrix {
    let count = min(matrix.rows, rowsPerMatrix)
    return matrix.copy(rows: (0..<count).map { $0 * matrix.rows / count })
  }

  /// tr(Δ H Δᵀ) over the samples, for columns scaled before rounding and scaled back after it.
  borrowing func cost(_ scales: [Float]) -> Double {
    let importance = zip(statistics.importance, scales).map { $0 / ($1 * $1) }
    let inverses = scales.map { 1 / $0 }
    let alone = Workers(count: 1)
    var cost = 0.0
    for sample in samples {
      let scaled = scaledColumns(sample.rows.matrix, by: scales)
      let grid = sample.scheme.fit(scaled, importance: importance, on: alone)
      var error = scaledColumns(
        grid.values(grid.nearestCodes(scaled, importance: importance, on: alone), on: alone), by: inverses)
      error.add(sample.rows.matrix, times: -1)
      cost += quadraticTrace(error, statistics.hessian, on: alone)
    }
    return cost
  }
}
