import Pipeline
import Validation

/// A few lines for a comment on a pull request.
package struct MarkdownSummary: ReportForm {
  package init() {}

  package var fileName: String { "summary.md" }

  package func text(of outcome: Outcome) -> String {
    Templates.all.render(View(outcome), with: "summary")
  }

  private struct View {
    let mark: String
    let verdict: Verdict
    let name: String
    let headings: [String]
    let products: [Product]
    let gateTables: [GateList]
    let sources: [Phrase]
    let cautions: [Phrase]
    let hasCautions: Bool
    let advice: [Phrase]
    let hasAdvice: Bool
    let facts: String

    init(_ outcome: Outcome) {
      verdict = Verdict(outcome)
      mark = verdict.mark
      name = outcome.name
      let all = outcome.products.indices.map { ProductView.keys(outcome, product: $0) }
      let terms = all.reduce(into: [String]()) { terms, keys in
        for key in keys where !terms.contains(key.term) { terms.append(key.term) }
      }
      headings = terms
      products = zip(outcome.products, all).map { product, keys in
        Product(
          file: ProductView.fileName(product.path),
          figures: terms.map { term in keys.first { $0.term == term }?.main ?? "–" })
      }
      sources = RunFacts(outcome).list.map { fact in
        fact.subs.reduce("\(fact.term): ".asPhrase + fact.words) { $0 + ", " + $1 }
      }
      cautions = Cautions.list(outcome)
      hasCautions = !cautions.isEmpty
      advice = Guidance.advice(outcome)
      hasAdvice = !advice.isEmpty
      gateTables = GateList.lists([outcome])
      facts =
        "Planish \(outcome.recipe.planish), recipe \(outcome.recipeDigest.prefix(12)), "
        + "in \(NumberText.duration(outcome.seconds)). The whole report: report.html in the same folder."
    }
  }

  private struct Product {
    let file: String
    let figures: [Phrase]
  }
}

/// The gates of a product as a table in Markdown.
struct GateList {
  struct Line {
    let mark: String
    let name: String
    let judged: Phrase
    let wanted: Phrase
    let margin: Phrase
    let measured: Phrase
  }

  /// Such as `Gates of`.
  let title: String
  let file: Phrase
  let gates: [Line]

  /// Those of every product that has gates.
  static func lists(_ outcomes: [Outcome], onlyFailed: Bool = false) -> [GateList] {
    var lists: [GateList] = []
    for outcome in outcomes {
      for product in outcome.products {
        let results = product.gates.filter { !onlyFailed || !$0.holds }
        guard !results.isEmpty else { continue }
        let file = ProductView.fileName(product.path)
        lists.append(
          GateList(
            title: onlyFailed ? "Failed gates of" : "Gates of", file: Phrase(stringLiteral: file),
            gates: results.map { result in
              let row = GateRow(result, at: "")
              return Line(
                mark: result.holds ? "✅" : "❌", name: row.name,
                judged: row.judgedEnd.map { row.judged + " (" + $0 + ")" } ?? row.judged, wanted: row.wanted,
                margin: row.margin, measured: row.interval.map { row.measured + ", " + $0 } ?? row.measured)
            }))
      }
    }
    return lists
  }
}
