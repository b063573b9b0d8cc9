import LinearAlgebra
import Models
import Tensors

/// Sums of outer products at every site of a block while calibration text runs through it.
package final class SiteStatistics {
  private final class Sum {
    var gram: GramMatrix
    var drift: CrossGramMatrix?
    init(size: Int) { gram = GramMatrix(size: size) }
  }

  private var sums: [Site: Sum] = [:]
  private let workers: Workers

  package init(on workers: Workers) {
    self.workers = workers
  }

  /// Adds the activations that the matrices of a site are about to read, `[tokens, inputs]`.
  package func add(_ activations: borrowing Matrix, at site: Site) {
    sum(site, size: activations.columns).gram.add(activations, on: workers)
  }

  /// Adds how far activations have drifted from those of the original network, both `[tokens, inputs]`.
  package func addDrift(_ activations: borrowing Matrix, from original: borrowing Matrix, at site: Site) {
    let sum = sum(site, size: activations.columns)
    var difference = original.copy()
    let actual = activations.elements
    var elements = difference.mutableElements
    for index in 0..<elements.count { elements[unchecked: index] -= actual[unchecked: index] }
    var drift = sum.drift.take() ?? CrossGramMatrix(size: activations.columns)
    drift.add(difference, activations, on: workers)
    sum.drift = consume drift
  }

  private func sum(_ site: Site, size: Int) -> Sum {
    if let known = sums[site] { return known }
    let sum = Sum(size: size)
    sums[site] = sum
    return sum
  }

  /// The sum of a site, which is forgotten here; nil when nothing was added.
  package func take(_ site: Site) -> GramMatrix? {
    guard let sum = sums[site], sum.gram.size > 0 else { return nil }
    var gram = GramMatrix(size: 0)
    swap(&sum.gram, &gram)
    return gram
  }

  /// Σ (x₀ − x) xᵀ of a site, which is forgotten here; nil when nothing was added.
  package func takeDrift(_ site: Site) -> CrossGramMatrix? {
    sums[site]?.drift.take()
  }
}
