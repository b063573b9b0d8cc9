import LinearAlgebra
import Models
import Tensors

/// Sums of outer products at every site of a block while calibration text runs through it.
package final class SiteStatistics {
  private final class Sum {
    var gram: GramMatrix
    init(size: Int) { gram = GramMatrix(size: size) }
  }

  private var sums: [Site: Sum] = [:]
  private let workers: Workers

  package init(on workers: Workers) {
    self.workers = workers
  }

  /// Adds the activations that the matrices of a site are about to read, `[tokens, inputs]`.
  package func add(_ activations: borrowing Matrix, at site: Site) {
    let sum: Sum
    if let known = sums[site] {
      sum = known
    } else {
      sum = Sum(size: activations.columns)
      sums[site] = sum
    }
    sum.gram.add(activations, on: workers)
  }

  /// The sum of a site, which is forgotten here; nil when nothing was added.
  package func take(_ site: Site) -> GramMatrix? {
    guard let sum = sums.removeValue(forKey: site) else { return nil }
    var empty = GramMatrix(size: 0)
    swap(&sum.gram, &empty)
    return empty
  }
}
