import Pipeline

/// What was done to the weights of one product: in words, pictures and tables.
struct ProductWeights {
  let sentence: Phrase
  let pictures: [Picture]
  let tables: [Table]

  /// - Parameter index: of the product in its run.
  init(_ outcome: Outcome, product index: Int) {
    let ledger = outcome.ledger(ofProduct: index)
    let place = outcome.ledgerPlace(ofProduct: index)
    sentence = Self.sentence(outcome, ledger)
    pictures = [
      LayerErrorMap.picture(ledger, at: place, id: "errors\(index)"),
      ForetoldCosts.picture(
        ledger, at: place, measured: outcome.products[index].measurements?[.meanKLD]?.value, id: "costs\(index)"),
      SpendingFrontier.picture(outcome.products[index].spending, at: "products.\(index)", id: "frontier\(index)"),
      TypeMap.picture(ledger, typesAt: ledger == outcome.ledger ? "types" : nil, id: "types\(index)"),
    ].compactMap { $0 }
    tables = [
      ledger.fallbacks > 0 || ledger.entries.contains { $0.starved != nil } ? FallbackTable.table(ledger) : nil,
      TransformTable.table(ledger.transforms, at: place), TensorTable.table(ledger, at: place),
    ].compactMap { $0 }
  }

  private static func sentence(_ outcome: Outcome, _ ledger: Ledger) -> Phrase {
    let start: Phrase = """
      \(Figure(outcome.original.weights, at: "original.weights")) weights in \
      \(NumberText.grouped(ledger.entries.count)) tensors.
      """
    switch ledger.fallbacks {
    case 0: return start + " Every tensor has the type and the solver that were asked for."
    case 1: return start + " One tensor does not have the type or the solver that was asked for."
    case let many:
      return start
        + Phrase(
          stringLiteral: " \(NumberText.grouped(many)) tensors do not have the type or the solver that was asked for.")
    }
  }
}

extension Outcome {
  /// Where the ledger of a product stands in the record.
  func ledgerPlace(ofProduct index: Int) -> String {
    products[index].ledger == nil ? "ledger" : "products.\(index).ledger"
  }
}
