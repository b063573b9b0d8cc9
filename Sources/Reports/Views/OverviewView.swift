import Foundation
import Pipeline
import Validation

/// What the pipelines of one file came to, side by side.
struct OverviewView {
  /// One product in one line of Markdown.
  struct Line {
    let mark: String
    let name: Phrase
    let figures: [Phrase]
  }

  let version: String
  let date: String
  let heading: String
  let style: String
  let mark: String
  let word: String
  let sentence: String
  let pictures: [Picture]
  let tables: [Table]
  let lines: [Line]
  let gateTables: [GateList]

  /// - Parameter folder: where the page will stand.
  init(_ outcomes: [Outcome], in folder: String) {
    let refused = outcomes.count { !$0.isPublished }
    version = outcomes.first?.recipe.planish ?? ""
    date = outcomes.last?.date ?? ""
    heading = Self.heading(outcomes)
    style = refused > 0 ? "refused" : "published"
    mark = refused > 0 ? "❌" : "✅"
    word =
      refused == 0 ? "Published" : refused == outcomes.count ? "Refused" : "\(refused) of \(outcomes.count) refused"
    sentence = Self.sentence(outcomes, refused)
    let names = outcomes.map { $0.variant ?? $0.name }
    let places = outcomes.indices.map { "\($0)." }
    let rows = Self.rows(outcomes, names: names, places: places, in: folder)
    pictures = [
      SizeAgainstQuality.picture(
        SizeAgainstQuality.entries(outcomes, names: names, places: places), id: "sizes")
    ].compactMap { $0 }
    tables =
      [
        Table(
          "Products", columns: ["", "pipeline"] + Row.headings, numbers: Set(2...7), isCards: true,
          rows: rows.map { row in
            [
              Table.Cell(row.isPublished ? "published" : "refused", row.isPublished ? .holds : .fails),
              Table.Cell(Phrase(stringLiteral: row.name), below: Phrase(stringLiteral: row.file), link: row.link),
            ] + row.figures.map { Table.Cell($0, .number) } + [Table.Cell(row.gates, .number)]
          })
      ] + Self.failures(outcomes, names: names, places: places)
    lines = rows.map {
      Line(mark: $0.isPublished ? "✅" : "❌", name: Phrase(stringLiteral: $0.name), figures: $0.figures)
    }
    gateTables = GateList.lists(outcomes, onlyFailed: true)
  }

  private static func heading(_ outcomes: [Outcome]) -> String {
    let variants = outcomes.count { $0.variant != nil }
    let count = "\(variants) \(variants == 1 ? "variant" : "variants")"
    guard let base = outcomes.first(where: { $0.variant == nil }) else { return count }
    return variants == 0 ? base.name : "\(base.name) and \(count)"
  }

  private static func sentence(_ outcomes: [Outcome], _ refused: Int) -> String {
    let gates = outcomes.flatMap(\.products).flatMap(\.gates)
    let failed = gates.count { !$0.holds }
    if gates.isEmpty { return "The pipeline file sets no gate." }
    guard failed > 0 else { return gates.count == 1 ? "The gate holds." : "All \(gates.count) gates hold." }
    return "\(failed) of \(gates.count) gates \(failed == 1 ? "fails" : "fail")."
  }

  /// One product.
  private struct Row {
    static let headings = [
      "size", "bits per weight", "mean KLD, nats", "perplexity ratio", "same top token", "gates held",
    ]
    let name: String
    let file: String
    let link: String?
    let isPublished: Bool
    let figures: [Phrase]
    let gates: Phrase
  }

  private static func rows(_ outcomes: [Outcome], names: [String], places: [String], in folder: String) -> [Row] {
    var rows: [Row] = []
    for (index, outcome) in outcomes.enumerated() {
      for (number, product) in outcome.products.enumerated() {
        let place = "\(places[index])products.\(number)"
        let holding = product.gates.count { $0.holds }
        rows.append(
          Row(
            name: names[index], file: ProductView.fileName(product.path),
            link: outcome.report.flatMap { link($0, from: folder) }, isPublished: outcome.isPublished,
            figures: figures(product, at: place),
            gates: Phrase(stringLiteral: product.gates.isEmpty ? "–" : "\(holding) of \(product.gates.count)")))
      }
    }
    return rows
  }

  /// The gates that fail, product by product.
  private static func failures(_ outcomes: [Outcome], names: [String], places: [String]) -> [Table] {
    var tables: [Table] = []
    for (index, outcome) in outcomes.enumerated() {
      for (number, product) in outcome.products.enumerated() {
        let name = "Failed gates of \(names[index]): \(ProductView.fileName(product.path))"
        let table = GateTable.table(
          product.gates, at: "\(places[index])products.\(number)", named: name, onlyFailed: true)
        if let table { tables.append(table) }
      }
    }
    return tables
  }

  private static func figures(_ product: ProductOutcome, at place: String) -> [Phrase] {
    let measured = [Measure.meanKLD, .perplexityRatio, .top1Agreement].map { measure -> Phrase in
      guard let estimate = product.measurements?.text?.figures[measure] else { return "–" }
      let inside = "\(place).measurements.text.figures.\(measure.rawValue)"
      return EstimatePhrase(estimate, MeasureText(measure), at: inside).value
    }
    return [
      "\(Figure(product.bytes, at: "\(place).bytes", NumberText.bytes))",
      "\(Figure(product.bitsPerWeight, at: "\(place).bitsPerWeight"))",
    ] + measured
  }

  /// The way from one folder to the page in another that lies inside of it; nil for any other.
  private static func link(_ report: String, from folder: String) -> String? {
    let page = "report.html"
    if report == folder { return page }
    guard report.hasPrefix("\(folder)/") else { return nil }
    let rest = report.dropFirst(folder.count + 1) + "/" + page
    // With the dot in front no name can be taken for a scheme.
    return rest.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed).map { "./\($0)" }
  }
}
