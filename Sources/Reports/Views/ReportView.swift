import Pipeline
import Validation

/// All that the page of one run shows.
struct ReportView {
  let version: String
  let name: String
  let verdict: Verdict
  let change: [Phrase]
  let facts: [RunFacts.Fact]
  let hasCautions: Bool
  let cautions: [Phrase]
  let hasAdvice: Bool
  let advice: [Phrase]
  let meanings: [Table]
  /// What compares the products; nothing of a single one.
  let comparisons: [ProductComparison]
  let products: [ProductView]
  let runPictures: [Picture]
  let runTables: [Table]
  let options: String
  let date: String

  init(_ outcome: Outcome) {
    version = outcome.recipe.planish
    name = outcome.name
    verdict = Verdict(outcome)
    change = SizeChange.phrase(outcome)
    facts = RunFacts(outcome).list
    cautions = Cautions.list(outcome)
    hasCautions = !cautions.isEmpty
    advice = Guidance.advice(outcome)
    hasAdvice = !advice.isEmpty
    meanings = Guidance.meanings(outcome)
    comparisons = outcome.products.count > 1 ? [ProductComparison(outcome)] : []
    products = outcome.products.indices.map { ProductView(outcome, product: $0) }
    runPictures = [StageTimes.picture(outcome, id: "stages")]
    runTables = [Self.inputs(outcome)]
    date = outcome.date
    options = RecordEncoding.encode(outcome.options)
  }

  /// What went in: with the options below, all that decides the bytes.
  private static func inputs(_ outcome: Outcome) -> Table {
    var rows = [["recipe", outcome.recipeDigest]]
    rows += (outcome.recipe.weights + outcome.recipe.tokenizer + outcome.recipe.configuration).map {
      [$0.name, $0.sha256]
    }
    if let tokens = outcome.recipe.calibrationTokens { rows.append(["calibration tokens", tokens]) }
    return Table(
      "What went in", columns: ["", "SHA-256"], numbers: [], narrow: .stacked,
      rows: rows.map { row in
        [Table.Cell(Phrase(stringLiteral: row[0])), Table.Cell(Phrase(stringLiteral: row[1]), .hash)]
      })
  }
}

/// The products of one run beside each other.
struct ProductComparison {
  let choices: [Phrase]
  let pictures: [Picture]
  let tables: [Table]

  init(_ outcome: Outcome) {
    let rows = outcome.products.indices.map {
      ProductRow(
        outcome, product: $0, named: ProductView.fileName(outcome.products[$0].path), at: "", link: "#product\($0)")
    }
    choices = ProductRow.choices(rows)
    pictures = [SizeAgainstQuality.picture(SizeAgainstQuality.entries(rows), id: "sizes")].compactMap { $0 }
    tables = [ProductRow.table(rows, named: "product")]
  }
}

/// The size before and after, in a few words.
enum SizeChange {
  /// Such as `8.92 MB → 2.83 MB: 3.1 × smaller`; nothing of several products.
  static func phrase(_ outcome: Outcome) -> [Phrase] {
    guard outcome.products.count == 1, let product = outcome.products.first else { return [] }
    let before = Figure(outcome.original.bytes, at: "original.bytes", NumberText.bytes)
    let after = Figure(product.bytes, at: "products.0.bytes", NumberText.bytes)
    return ["\(before) → \(after): \(words(product.bytes, of: outcome.original.bytes))"]
  }

  /// Such as `3.1 × smaller`.
  static func words(_ bytes: Int, of original: Int) -> String {
    let ratio = Double(original) / Double(max(1, bytes))
    switch ratio {
    case 1.005...: return "\(NumberText.significant(ratio, digits: 2)) × smaller"
    case ..<0.995: return "\(NumberText.significant(1 / max(ratio, .leastNormalMagnitude), digits: 3)) × as large"
    default: return "of the same size"
    }
  }
}

/// What became of a run, in a word and a sentence.
struct Verdict {
  let style: String
  let word: String
  let reason: Phrase

  init(_ outcome: Outcome) {
    let gates = outcome.products.flatMap(\.gates)
    let failed = gates.count { !$0.holds }
    style = !outcome.isPublished ? "refused" : gates.isEmpty ? "ungated" : "published"
    word = outcome.isPublished ? "Published" : "Refused"
    switch (gates.count, failed) {
    case (0, _): reason = "Not judged: the pipeline file sets no gate."
    case (1, 0): reason = "The gate holds."
    case (2, 0): reason = "Both gates hold."
    case (let all, 0): reason = Phrase(stringLiteral: "All \(all) gates hold.")
    case (1, _): reason = "The gate fails. Nothing was published."
    case (let all, let failed):
      reason = Phrase(
        stringLiteral: "\(failed) of \(all) gates \(failed == 1 ? "fails" : "fail"). Nothing was published.")
    }
  }

  /// A mark for lines of text: green only where something was judged.
  var mark: String { style == "refused" ? "❌" : style == "ungated" ? "⚪" : "✅" }
}
