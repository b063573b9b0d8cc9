import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct MarkdownSummaryTests {
  @Test(arguments: ReportCase.all)
  func everyTableIsWhole(_ `case`: ReportCase) throws {
    let project = try `case`.project()
    let outcome = try `case`.run(project)
    let text = try String(contentsOfFile: project.path("report/summary.md"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.first == "<!-- planish -->")
    #expect(lines[1].hasPrefix(outcome.isPublished ? "### ✅ Published: " : "### ❌ Refused: "))
    let gates = outcome.products.flatMap(\.gates)
    #expect(lines.count { $0.hasPrefix("| ✅") } == gates.count { $0.holds })
    #expect(lines.count { $0.hasPrefix("| ❌") } == gates.count { !$0.holds })
    for table in tables(lines) {
      let widths = Set(table.map(cells))
      #expect(widths.count == 1, "\(table)")
    }
    #expect(!text.contains("<script") && !text.contains("@all"))
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
