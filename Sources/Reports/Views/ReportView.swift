import Pipeline
import Validation

/// All that the page of one run shows.
struct ReportView {
  let version: String
  let name: String
  let verdict: Verdict
  let products: [ProductView]
  let weights: Phrase
  let weightPictures: [Picture]
  let weightTables: [Table]
  let runPictures: [Picture]
  let runTables: [Table]
  let options: String
  let date: String

  init(_ outcome: Outcome) {
    version = outcome.recipe.planish
    name = outcome.name
    verdict = Verdict(outcome)
    products = outcome.products.indices.map { ProductView(outcome, product: $0) }
    weights = Self.sentence(outcome)
    weightPictures = [
      LayerErrorMap.picture(outcome.ledger, id: "errors"), TypeMap.picture(outcome, id: "types"),
    ].compactMap { $0 }
    weightTables = [
      outcome.ledgers.contains { $0.fallbacks > 0 } ? Self.fallbacks(outcome.ledgers) : nil,
      TransformTable.table(outcome.ledger.transforms), TensorTable.table(outcome.ledger),
    ].compactMap { $0 }
    let sizes = SizeAgainstQuality.entries([outcome], names: [outcome.name], places: [""])
    runPictures = [
      StageTimes.picture(outcome, id: "stages"), SizeAgainstQuality.picture(sizes, id: "sizes"),
    ].compactMap { $0 }
    runTables = [Self.inputs(outcome)]
    date = outcome.date
    options = RecordEncoding.encode(outcome.options)
  }

  private static func sentence(_ outcome: Outcome) -> Phrase {
    let count = outcome.ledger.entries.count
    let start: Phrase = """
      \(Figure(outcome.original.weights, at: "original.weights")) weights in \(NumberText.grouped(count)) tensors. 
      """
    let calibration: Phrase =
      outcome.calibrationTokens > 0
      ? "Calibrated on \(Figure(outcome.calibrationTokens, at: "calibrationTokens")) tokens."
      : "Rounded without calibration text."
    let fallbacks: Phrase
    switch outcome.ledgers.reduce(0, { $0 + $1.fallbacks }) {
    case 0: fallbacks = " Every tensor has the type and the solver that were asked for."
    case 1: fallbacks = " One tensor does not have the type or the solver that was asked for."
    case let many:
      fallbacks = Phrase(stringLiteral: " \(many) tensors do not have the type or the solver that was asked for.")
    }
    return start + calibration + fallbacks
  }

  private static func fallbacks(_ ledgers: [Ledger]) -> Table {
    Table(
      "Fallbacks",
      summary: "Tensors with another type or solver than was asked for, or calibrated with what others saw",
      columns: ["tensor", "asked", "used", "reason"], numbers: [],
      rows: ledgers.flatMap(\.entries).flatMap { entry in
        [
          entry.fallback.map { fallback(entry, entry.typeAsked, entry.typeUsed, because: $0) },
          entry.solverFallback.map { fallback(entry, "another solver", entry.solver ?? "none", because: $0) },
          entry.starved.map {
            fallback(entry, "its own tokens", $0, because: "only \(entry.expertTokens ?? 0) tokens went to this expert")
          },
        ].compactMap { $0 }
      })
  }

  private static func fallback(
    _ entry: LedgerEntry, _ asked: String, _ used: String, because reason: String
  ) -> [Table.Cell] {
    [
      Table.Cell(Phrase(stringLiteral: entry.tensor), .mono), Table.Cell(Phrase(stringLiteral: asked)),
      Table.Cell(Phrase(stringLiteral: used)), Table.Cell(Phrase(stringLiteral: reason), .wrap),
    ]
  }

  /// What went in: with the options below, all that decides the bytes.
  private static func inputs(_ outcome: Outcome) -> Table {
    var rows = [["recipe", outcome.recipeDigest]]
    rows += (outcome.recipe.weights + outcome.recipe.tokenizer + outcome.recipe.configuration).map {
      [$0.name, $0.sha256]
    }
    if let tokens = outcome.recipe.calibrationTokens { rows.append(["calibration tokens", tokens]) }
    return Table(
      "What went in", columns: ["", "SHA-256"], numbers: [],
      rows: rows.map { row in
        [Table.Cell(Phrase(stringLiteral: row[0])), Table.Cell(Phrase(stringLiteral: row[1]), .mono)]
      })
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
    case (0, _): reason = "The pipeline file sets no gate."
    case (1, 0): reason = "The gate holds."
    case (2, 0): reason = "Both gates hold."
    case (let all, 0): reason = Phrase(stringLiteral: "All \(all) gates hold.")
    case (1, _): reason = "The gate fails. Nothing was published."
    case (let all, let failed):
      reason = Phrase(
        stringLiteral: "\(failed) of \(all) gates \(failed == 1 ? "fails" : "fail"). Nothing was published.")
    }
  }
}
