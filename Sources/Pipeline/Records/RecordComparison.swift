import Foundation
import Validation

/// Two runs side by side, as their records tell them.
package struct RecordComparison: Sendable, Encodable {
  /// Which run a side is.
  package struct Side: Sendable, Encodable {
    package let path: String
    package let name: String
    package let variant: String?
    package let isPublished: Bool
    package let recipeDigest: String

    init(_ record: PublishedRecord) {
      path = record.path
      name = record.name
      variant = record.variant
      isPublished = record.isPublished
      recipeDigest = record.recipeDigest
    }
  }

  /// Whether the second run is surely better or worse in a measure: its interval and the first run's are apart, or both
  /// figures are exact and differ.
  package enum Verdict: String, Sendable, Encodable {
    case better
    case worse
  }

  /// One measure of both.
  package struct Row: Sendable, Encodable {
    /// The measure and, where it speaks of a part only, the corpus or task.
    package let name: String
    package let first: Estimate?
    package let second: Estimate?
    /// The second less the first.
    package let difference: Double?
    package let verdict: Verdict?
  }

  /// One product of both.
  package struct Product: Sendable, Encodable {
    package let name: String
    package let rows: [Row]
    package let firstGates: [GateResult]
    package let secondGates: [GateResult]
  }

  package let first: Side
  package let second: Side
  /// Why figures may not be comparable.
  package let notes: [String]
  package let products: [Product]

  /// Compares each product of the second run with its like in the first.
  package init(_ first: PublishedRecord, _ second: PublishedRecord) {
    self.first = Side(first)
    self.second = Side(second)
    var notes: [String] = []
    if first.weights != second.weights { notes.append("the originals differ; divergences are from different models") }
    var products: [Product] = []
    for product in second.products {
      let name = URL(filePath: product.path).lastPathComponent
      guard let like = first.product(like: product.path) else {
        notes.append("\(name): no product of this name in the first run")
        continue
      }
      let scopes = Self.scopes(like, product)
      for scope in scopes where Self.differ(like, product, scope) {
        notes.append("figures\(scope.words.isEmpty ? "" : scope.words) are of other tokens or questions")
      }
      let figures = (first.figures(of: like), second.figures(of: product))
      let rows = scopes.flatMap { scope in
        Measure.allCases.compactMap { Row($0, scope, figures.0, figures.1) }
      }
      products.append(Product(name: name, rows: rows, firstGates: like.gates, secondGates: product.gates))
    }
    self.notes = notes
    self.products = products
  }

  /// All together, then the parts of both runs, each once.
  private static func scopes(_ first: ProductOutcome, _ second: ProductOutcome) -> [Scope] {
    let all = [first.measurements, second.measurements].compactMap { $0 }
    // The only corpus, or the only task, is all of them.
    let names = all.map { $0.corpora.map(\.name) + ($0.embeddings?.corpora.map(\.name) ?? []) }
    let corpora = names.flatMap { $0.count > 1 ? $0.map(Scope.corpus) : [] }
    let tasks = all.flatMap { $0.tasks.count > 1 ? $0.tasks.map { Scope.task($0.name) } : [] }
    var seen: Set<Scope> = []
    return ([.all] + corpora + tasks).filter { seen.insert($0).inserted }
  }

  private static func differ(_ first: ProductOutcome, _ second: ProductOutcome, _ scope: Scope) -> Bool {
    [Measure.meanKLD, .accuracy, .meanCosine].contains { measure in
      let digests = [first, second].compactMap { $0.measurements?.digest(of: measure, in: scope) }
      return Set(digests).count > 1
    }
  }
}

extension RecordComparison.Row {
  /// Nil where neither run has the figure.
  fileprivate init?(
    _ measure: Measure, _ scope: Scope, _ first: ProductFigures, _ second: ProductFigures
  ) {
    let (a, b) = (first[measure, in: scope], second[measure, in: scope])
    guard a != nil || b != nil else { return nil }
    name = measure.rawValue + (scope == .all ? "" : scope.words.replacing(" of ", with: ", "))
    self.first = a
    self.second = b
    difference = a.flatMap { a in b.map { $0.value - a.value } }
    verdict = a.flatMap { a in b.flatMap { Self.verdict(a, $0, measure) } }
  }

  private static func verdict(_ a: Estimate, _ b: Estimate, _ measure: Measure) -> RecordComparison.Verdict? {
    let isSure =
      measure.isEstimated
      ? (a.high ?? .infinity) < (b.low ?? -.infinity) || (b.high ?? .infinity) < (a.low ?? -.infinity)
      : a.value != b.value
    guard isSure else { return nil }
    return (b.value < a.value) == (measure.better == .lower) ? .better : .worse
  }
}
