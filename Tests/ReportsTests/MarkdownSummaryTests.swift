import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct MarkdownSummaryTests {
  @Test(arguments: ReportCase.all)
  func everyTableIsWhole(_ `case`: ReportCase) throws {
    let (project, outcome) = try `case`.finished()
    let text = try String(contentsOfFile: project.path("report/summary.md"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.first == "<!-- planish -->")
    let gates = outcome.products.flatMap(\.gates)
    let published = gates.isEmpty ? "### ⚪ Published: " : "### ✅ Published: "
    #expect(lines[1].hasPrefix(outcome.isPublished ? published : "### ❌ Refused: "))
    #expect(lines.count { $0.hasPrefix("| product |") } == 1)
    for product in outcome.products {
      let name = try #require(product.path.split(separator: "/").last).prefix(1)
      #expect(lines.contains { $0.hasPrefix("| \(name)") || $0.hasPrefix("| &lt;") }, "\(product.path)")
    }
    #expect(lines.count { $0.hasPrefix("| ✅") } == gates.count { $0.holds })
    #expect(lines.count { $0.hasPrefix("| ❌") } == gates.count { !$0.holds })
    for table in tables(lines) {
      let widths = Set(table.map(cells))
      #expect(widths.count == 1, "\(table)")
    }
    #expect(!text.contains("<script") && !text.contains("@all"))
  }

  @Test func whatIsKnownAgainstAProductIsSaid() throws {
    let `case` = try #require(ReportCase.all.first { $0.testDescription == "without calibration" })
    let project = try `case`.finished().project
    let text = try String(contentsOfFile: project.path("report/summary.md"), encoding: .utf8)
    #expect(text.contains("⚠️ Rounded to the nearest level without calibration text"))
    #expect(text.contains("Calibrated on: nothing"))
    #expect(!text.contains("\\:"))
  }

  @Test func fallbacksAreCounted() throws {
    let `case` = try #require(ReportCase.all.first { $0.testDescription.hasPrefix("fallbacks") })
    let (project, outcome) = try `case`.finished()
    try #require(outcome.ledger.fallbacks > 0)
    let text = try String(contentsOfFile: project.path("report/summary.md"), encoding: .utf8)
    #expect(text.contains(": \(outcome.ledger.fallbacks) of "))
  }

  /// Runs of lines that are rows of tables.
  private func tables(_ lines: [String]) -> [[String]] {
    lines.split { !$0.hasPrefix("|") }.map(Array.init)
  }

  /// The number of cells in a row, without bars that are escaped.
  private func cells(_ row: String) -> Int {
    row.replacing("\\|", with: "").count { $0 == "|" }
  }
}
