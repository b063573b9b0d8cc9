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
  let facts: [RunFacts.Fact]
  let hasCautions: Bool
  let cautions: [Phrase]
  /// Which product to take for what.
  let choices: [Phrase]
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
    let isJudged = outcomes.flatMap(\.products).contains { !$0.gates.isEmpty }
    style = refused > 0 ? "refused" : isJudged ? "published" : "ungated"
    mark = refused > 0 ? "❌" : isJudged ? "✅" : "⚪"
    word =
      refused == 0 ? "Published" : refused == outcomes.count ? "Refused" : "\(refused) of \(outcomes.count) refused"
    sentence = Self.sentence(outcomes, refused)
    let names = outcomes.map { Self.name($0, among: outcomes) }
    let places = outcomes.indices.map { "\($0)." }
    let rows = Self.rows(outcomes, names: names, places: places, in: folder)
    pictures = [SizeAgainstQuality.picture(SizeAgainstQuality.entries(rows), id: "sizes")].compactMap { $0 }
    choices = ProductRow.choices(rows)
    cautions = Self.cautions(outcomes, names: names, places: places)
    hasCautions = !cautions.isEmpty
    facts = outcomes.first.map { RunFacts($0, at: places[0]).list.filter { $0.term != "Machine" } } ?? []
    tables = [ProductRow.table(rows, named: "pipeline")] + Self.failures(outcomes, names: names, places: places)
    lines = ProductRow.sorted(rows).map {
      Line(mark: $0.state.mark, name: Phrase(stringLiteral: $0.name), figures: $0.phrases)
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
    if gates.isEmpty { return "Not judged: the pipeline file sets no gate." }
    guard failed > 0 else { return gates.count == 1 ? "The gate holds." : "All \(gates.count) gates hold." }
    return "\(failed) of \(gates.count) gates \(failed == 1 ? "fails" : "fail")."
  }

  private static func rows(
    _ outcomes: [Outcome], names: [String], places: [String], in folder: String
  ) -> [ProductRow] {
    outcomes.indices.flatMap { index in
      outcomes[index].products.indices.map { number in
        let file = outcomes[index].products.count > 1 ? ProductView.fileName(outcomes[index].products[number].path) : ""
        return ProductRow(
          outcomes[index], product: number, named: names[index] + (file.isEmpty ? "" : " \(file)"), at: places[index],
          link: outcomes[index].report.flatMap { link($0, from: folder) })
      }
    }
  }

  /// A pipeline among those of its file: that of the file itself goes by its type, as variants mostly do.
  private static func name(_ outcome: Outcome, among outcomes: [Outcome]) -> String {
    if let variant = outcome.variant { return variant }
    guard outcomes.count > 1, let type = Options(outcome.options, place: "").text("quantize", "type") else {
      return outcome.name
    }
    return "\(type) (base)"
  }

  /// What to know of each pipeline, with its name where they differ.
  private static func cautions(_ outcomes: [Outcome], names: [String], places: [String]) -> [Phrase] {
    var cautions: [Phrase] = []
    var seen: Set<String> = []
    for (index, outcome) in outcomes.enumerated() {
      for caution in Cautions.list(outcome, at: places[index]) where seen.insert(caution.plain).inserted {
        cautions.append(caution)
      }
    }
    return cautions
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
