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
    let products: [Product]
    let gateTables: [GateList]
    let facts: String

    init(_ outcome: Outcome) {
      mark = outcome.isPublished ? "✅" : "❌"
      verdict = Verdict(outcome)
      name = outcome.name
      products = outcome.products.indices.map { index in
        Product(
          file: ProductView.fileName(outcome.products[index].path), keys: ProductView(outcome, product: index).keys)
      }
      gateTables = GateList.lists([outcome])
      facts =
        "Planish \(outcome.recipe.planish), recipe \(outcome.recipeDigest.prefix(12)), "
        + "in \(NumberText.duration(outcome.seconds))"
    }
  }

  private struct Product {
    let file: String
    let keys: [ProductView.Key]
  }
}

/// The gates of a product as a table in Markdown.
struct GateList {
  struct Line {
    let mark: String
    let name: String
    let measured: Phrase
    let wanted: Phrase
    let margin: Phrase
    let interval: Phrase
  }

  let title: Phrase
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
            title: Phrase(stringLiteral: "\(onlyFailed ? "Failed gates" : "Gates") of \(file):"),
            gates: results.map { result in
              let row = GateRow(result, at: "")
              return Line(
                mark: result.holds ? "✅" : "❌", name: row.name, measured: row.measured, wanted: row.wanted,
                margin: row.margin, interval: row.interval)
            }))
      }
    }
    return lists
  }
}
