import Products
import Validation

/// The figures of one product: what gates judge, what the product carries, and what records, comparisons and reports tell.
package struct ProductFigures: Sendable {
  private let measurements: Measurements?
  /// Those that no sample is behind.
  private let exact: [Measure: Double]

  /// - Parameter ledger: that of the product.
  init(_ product: ProductOutcome, _ ledger: Ledger) {
    measurements = product.measurements
    exact = [
      .fallbacks: Double(ledger.fallbacks), .maxLayerError: ledger.maximumLayerError,
      .minExpertTokens: ledger.fewestExpertTokens.map(Double.init), .fileBytes: Double(product.bytes),
      .bitsPerWeight: product.bitsPerWeight, .maxBlockError: product.blockError?.value,
      .tokenizerMismatches: product.tokenizerMismatches.map(Double.init),
    ].compactMapValues { $0 }
  }

  /// Figures that no sample is behind, of a product that was not measured.
  init(exact: [Measure: Double]) {
    measurements = nil
    self.exact = exact
  }

  /// A figure; nil where it was not measured. Those of the product as a whole have no other scope.
  package subscript(measure: Measure, in scope: Scope = .all) -> Estimate? {
    if let measured = measurements?[measure, in: scope] { return measured }
    return scope == .all ? exact[measure].map(Estimate.init(exactly:)) : nil
  }
}

extension Outcome {
  /// The ledger of a product: its own, or that of the run.
  package func ledger(ofProduct index: Int) -> Ledger { products[index].ledger ?? ledger }

  /// The figures of a product.
  package func figures(ofProduct index: Int) -> ProductFigures {
    ProductFigures(products[index], ledger(ofProduct: index))
  }
}

extension PublishedRecord {
  /// The figures of a product of this run.
  package func figures(of product: ProductOutcome) -> ProductFigures {
    ProductFigures(product, product.ledger ?? ledger)
  }
}
