import LinearAlgebra
import Models
import Tensors

/// Sums of outer products at every site of a block while calibration text runs through it.
package typealias SiteStatistics = OuterProducts<Site>

/// Sums of outer products by a key, such as the site where they are seen.
package final class OuterProducts<Key: Hashable> {
  private final class Sum {
    var gram: GramMatrix
    init(size: Int) { gram = GramMatrix(size: size) }
  }

  private final class Drift {
    var sum: CrossGramMatrix
    init(size: Int) { sum = CrossGramMatrix(size: size) }
  }

  private var sums: [Key: Sum] = [:]
  private var drifts: [Key: Drift] = [:]
  private let workers: Workers

  package init(on workers: Workers) {
    self.workers = workers
  }

  /// Adds the activations that the matrices of a site are about to read, `[tokens, inputs]`.
  ///
  /// - Parameter units: the rows that are one term of the sum each.
  package func add(_ activations: borrowing Matrix, in units: [RowUnit], at site: Key) {
    let sum = sums[site] ?? Sum(size: activations.columns)
    sums[site] = sum
    for unit in units { sum.gram.add(activations, rows: unit.rows, shard: unit.shard, on: workers) }
  }

  /// Adds how far activations have drifted from those of the original network, both `[tokens, inputs]`.
  package func addDrift(
    _ activations: borrowing Matrix, from original: borrowing Matrix, in units: [RowUnit], at site: Key
  ) {
    let drift = drifts[site] ?? Drift(size: activations.columns)
    drifts[site] = drift
    var difference = Matrix(uninitializedRows: original.rows, columns: original.columns)
    difference.withDisjointRows { difference in
      workers.forEach(original.rows) { row in
        let x0 = original.row(row)
        let x = activations.row(row)
        var target = difference.row(row)
        for column in 0..<target.count {
          unsafe target[unchecked: column] = x0[unchecked: column] - x[unchecked: column]
        }
      }
    }
    for unit in units { drift.sum.add(difference, activations, rows: unit.rows, shard: unit.shard, on: workers) }
  }

  /// Whether the sum of a site is free of NaN and infinity on its diagonal, and so all that was added.
  package func isFinite(at site: Key) -> Bool {
    sums[site]?.gram.hasFiniteDiagonal ?? true
  }

  /// Where anything was added.
  package var sites: [Key] { Array(sums.keys) }

  /// The sum of a site, which is forgotten here; nil when nothing was added.
  package func take(_ site: Key) -> GramMatrix? {
    guard let sum = sums.removeValue(forKey: site) else { return nil }
    var empty = GramMatrix(size: 0)
    swap(&sum.gram, &empty)
    return empty
  }

  /// Σ (x₀ − x) xᵀ of a site, which is forgotten here; nil when nothing was added.
  package func takeDrift(_ site: Key) -> CrossGramMatrix? {
    guard let drift = drifts.removeValue(forKey: site) else { return nil }
    var empty = CrossGramMatrix(size: 0)
    swap(&drift.sum, &empty)
    return empty
  }
}
