import Foundation
import Pipeline
import Validation

/// The gates as test cases, for whatever shows the results of tests.
///
/// It keeps to the common ground of the schema of Ant's JUnit task and that of Jenkins, which differ.
package struct JUnitReport: ReportForm {
  package init() {}

  package var fileName: String { "junit.xml" }

  package func text(of outcome: Outcome) -> String {
    Templates.all.render(View(outcome), with: "junit")
  }

  private static func seconds(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

  private struct View {
    let suites: [Suite]
    let runTests: Int
    let runFailures: Int
    let runTime: String

    init(_ outcome: Outcome) {
      let gates = outcome.products.flatMap(\.gates)
      runTests = gates.count
      runFailures = gates.count { !$0.holds }
      runTime = JUnitReport.seconds(outcome.seconds)
      suites = outcome.products.indices.map { Suite(outcome, product: $0) }
    }
  }

  /// One product.
  private struct Suite {
    let number: Int
    let package: String
    let suiteName: String
    let timestamp: String
    let suiteTests: Int
    let suiteFailures: Int
    let time: String
    let properties: [Property]
    let cases: [Case]
    let output: String

    init(_ outcome: Outcome, product index: Int) {
      let product = outcome.products[index]
      let file = ProductView.fileName(product.path)
      number = index
      package = outcome.name
      suiteName = "\(outcome.name): \(file)"
      // The schema of Ant's reports, which many readers follow, has no room for a time zone.
      timestamp = String(outcome.date.prefix { $0 != "Z" })
      suiteTests = product.gates.count
      suiteFailures = product.gates.count { !$0.holds }
      // Readers add times up: each product takes an equal share of the run, and each gate one of its product's.
      let share = outcome.seconds / Double(max(1, outcome.products.count))
      time = JUnitReport.seconds(share)
      let caseTime = JUnitReport.seconds(share / Double(max(1, product.gates.count)))
      properties = [
        Property(key: "product", value: file), Property(key: "bytes", value: "\(product.bytes)"),
        Property(key: "bitsPerWeight", value: "\(product.bitsPerWeight)"),
        Property(key: "recipe.sha256", value: outcome.recipeDigest),
        Property(key: "planish", value: outcome.recipe.planish),
      ]
      cases = product.gates.map { Case($0, className: "\(outcome.name).\(file)", time: caseTime) }
      let verdict = Verdict(outcome)
      output = "\(verdict.word). \(verdict.reason.plain)"
    }
  }

  private struct Property {
    let key: String
    let value: String
  }

  /// One gate.
  private struct Case {
    let className: String
    let caseName: String
    let time: String
    let problems: [Problem]

    init(_ result: GateResult, className: String, time: String) {
      self.className = className
      self.time = time
      let row = GateRow(result, at: "")
      caseName = row.name
      problems = result.holds ? [] : [Problem(result, row)]
    }
  }

  private struct Problem {
    let message: String
    let details: String

    init(_ result: GateResult, _ row: GateRow) {
      let judged = row.judgedEnd.map { "judged \(row.judged.plain) (\($0.plain); measured \(row.measured.plain))" }
      message = "\(judged ?? "measured \(row.measured.plain)"), wanted \(row.wanted.plain), margin \(row.margin.plain)"
      var lines = ["\(row.name): \(row.label)", "measured: \(Self.exact(result.measured))"]
      if let interval = result.interval {
        lines.append(
          "interval: \(interval.low) to \(interval.high); judged: its \(row.judgedEnd?.plain ?? "worse end")")
      }
      if result.gate.worseBy != nil {
        lines.append("baseline: \(Self.exact(result.baseline)), \(row.allowance?.plain ?? "")")
      }
      if let minimum = result.minimum { lines.append("wanted at least: \(minimum)") }
      if let maximum = result.maximum { lines.append("wanted at most: \(maximum)") }
      lines.append("margin: \(Self.exact(result.margin))")
      details = lines.joined(separator: "\n")
    }

    private static func exact(_ value: Double?) -> String {
      value.map { "\($0)" } ?? "none"
    }
  }
}
