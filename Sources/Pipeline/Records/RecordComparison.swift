import Foundation
import Validation

/// Two runs side by side, as their records tell them, or two products.
package struct RecordComparison: Sendable, Encodable {
  /// Which run or product a side is.
  package struct Side: Sendable, Encodable {
    package let path: String
    package let name: String
    package let variant: String?
    /// Nil where no record tells.
    package let isPublished: Bool?
    package let recipeDigest: String?

    init(_ record: PublishedRecord) {
      path = record.path
      name = record.name
      variant = record.variant
      isPublished = record.isPublished
      recipeDigest = record.recipeDigest
    }

    init(_ product: ComparedProduct) {
      path = product.path
      name = product.name
      variant = product.record?.variant
      isPublished = product.record?.isPublished
      recipeDigest = product.outcome?.recipeDigest
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

  /// Compares each product of the second run with its like in the first: that of the same file name, or the only one of both.
  package init(_ first: PublishedRecord, _ second: PublishedRecord) {
    var notes: [String] = []
    var pairs: [(ComparedProduct, ComparedProduct)] = []
    for product in second.products {
      // Runs that make one product each are compared whatever their products are called.
      guard let like = first.product(like: product.path) else {
        let name = URL(filePath: product.path).lastPathComponent
        notes.append(
          "\(name): no product of this name in the first run, which has "
            + first.products.map { URL(filePath: $0.path).lastPathComponent }.joined(separator: ", ")
            + "; name two products to compare them")
        continue
      }
      pairs.append((ComparedProduct(like, of: first), ComparedProduct(product, of: second)))
    }
    self.init(Side(first), Side(second), pairs, notes)
  }

  /// Compares two products of any runs.
  package init(_ first: ComparedProduct, _ second: ComparedProduct) {
    var notes: [String] = []
    for product in [first, second] where product.record == nil {
      notes.append(
        "\(product.name): no record of its run was found; name its report's folder to compare what was measured")
    }
    self.init(Side(first), Side(second), [(first, second)], notes)
  }

  /// Compares all products of one run with its first one.
  package init(within run: PublishedRecord) {
    let products = run.compared
    self.init(Side(run), Side(run), products.dropFirst().map { (products[0], $0) }, [])
  }

  private init(
    _ first: Side, _ second: Side, _ pairs: [(ComparedProduct, ComparedProduct)], _ known: [String]
  ) {
    self.first = first
    self.second = second
    var notes = known
    let originals = pairs.compactMap { pair in
      pair.0.record.flatMap { a in pair.1.record.map { (a.weights, $0.weights) } }
    }
    if originals.contains(where: { $0.0 != $0.1 }) {
      notes.append("the originals differ; divergences are from different models")
    }
    var products: [Product] = []
    for (like, product) in pairs {
      let scopes = Self.scopes(like, product)
      for scope in scopes where Self.differ(like, product, scope) {
        notes.append("figures\(scope.words.isEmpty ? "" : scope.words) are of other tokens or questions")
      }
      let rows = scopes.flatMap { scope in Measure.allCases.compactMap { Row($0, scope, like.figures, product.figures) }
      }
      products.append(
        Product(
          name: like.name == product.name ? product.name : "\(like.name) → \(product.name)", rows: rows,
          firstGates: like.outcome?.gates ?? [], secondGates: product.outcome?.gates ?? []))
    }
    self.notes = notes
    self.products = products
  }

  /// All together, then the parts of both runs, each once.
  private static func scopes(_ first: ComparedProduct, _ second: ComparedProduct) -> [Scope] {
    let all = [first.outcome?.measurements, second.outcome?.measurements].compactMap(\.self)
    // The only corpus, or the only task, is all of them.
    let names = all.map { $0.corpora.map(\.name) + ($0.embeddings?.corpora.map(\.name) ?? []) }
    let corpora = names.flatMap { $0.count > 1 ? $0.map(Scope.corpus) : [] }
    let tasks = all.flatMap { $0.tasks.count > 1 ? $0.tasks.map { Scope.task($0.name) } : [] }
    var seen: Set<Scope> = []
    return ([.all] + corpora + tasks).filter { seen.insert($0).inserted }
  }

  private static func differ(_ first: ComparedProduct, _ second: ComparedProduct, _ scope: Scope) -> Bool {
    [Measure.meanKLD, .accuracy, .meanCosine].contains { measure in
      let digests = [first, second].compactMap { $0.outcome?.measurements?.digest(of: measure, in: scope) }
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
