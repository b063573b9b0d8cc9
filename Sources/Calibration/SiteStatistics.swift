import LinearAlgebra
import Models
import Tensors

/// Sums of outer products at every site of a block while calibration text runs through it.
package typealias SiteStatistics = OuterProducts<Site>

/// Sums of outer products by a key, such as the site where they are seen.
package final class OuterProducts<Key: Hashable & Codable> {
  private final class Sum {
    var gram: GramMatrix
    init(size: Int, isShared: Bool) { gram = GramMatrix(size: size, isShared: isShared) }
  }

  private final class Drift {
    var sum: CrossGramMatrix
    init(size: Int, isShared: Bool) { sum = CrossGramMatrix(size: size, isShared: isShared) }
  }

  private var sums: [Key: Sum] = [:]
  private var drifts: [Key: Drift] = [:]
  private let workers: Workers
  private let isShared: Bool

  package init(on workers: Workers) {
    self.workers = workers
    isShared = workers.ranks.count > 1
  }

  /// Adds up what all ranks have seen. Every one of them calls it, before anything is taken.
  package func gather() {
    guard isShared else { return }
    for (key, size) in workers.ranks.union(sums.map { ($0.key, $0.value.gram.size) }) {
      let sum = sums[key] ?? Sum(size: size, isShared: true)
      sums[key] = sum
      sum.gram.gather(over: workers.ranks)
    }
    for (key, size) in workers.ranks.union(drifts.map { ($0.key, $0.value.sum.size) }) {
      let drift = drifts[key] ?? Drift(size: size, isShared: true)
      drifts[key] = drift
      drift.sum.gather(over: workers.ranks)
    }
  }

  /// Adds the activations that the matrices of a site are about to read, `[tokens, inputs]`.
  ///
  /// - Parameter units: the rows that are one term of the sum each.
  package func add(_ activations: borrowing Matrix, in units: [RowUnit], at site: Key) {
    let sum = sums[site] ?? Sum(size: activations.columns, isShared: isShared)
    sums[site] = sum
    for unit in units { sum.gram.add(activations, rows: unit.rows, shard: unit.shard, on: workers) }
  }

  /// Adds how far activations have drifted from those of the original network, both `[tokens, inputs]`.
  package func addDrift(
    _ activations: borrowing Matrix, from original: borrowing Matrix, in units: [RowUnit], at site: Key
  ) {
    let drift = drifts[site] ?? Drift(size: activations.columns, isShared: isShared)
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
