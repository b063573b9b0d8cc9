import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct HistoryTests {
  /// A project whose pipeline ran three times, each with a report of its own, the last one refused.
  private func project() throws -> TinyProject {
    let project = try ReportCase.all[0].project()
    for (index, gate) in ["{max: 9}", "{max: 9, confidence: 0.9}", "{max: 0}"].enumerated() {
      let run = ReportCase(
        "run", settings: ["report=\(project.path("runs/\(index)"))", "validate.gates={mean_kld: \(gate)}"])
      try run.run(project)
    }
    return project
  }

  @Test func everyRunIsAPointAndARow() throws {
    let project = try project()
    let history = try RecordHistory(folder: project.path("runs"))
    #expect(history.records.count == 3 && history.series.count == 1 && history.notes.isEmpty)
    #expect(history.records.map(\.date) == history.records.map(\.date).sorted { ($0 ?? "") < ($1 ?? "") })
    let page = Page(HTMLHistory().text(of: history, in: project.path("runs")))
    #expect(page.mistake == nil)
    expectSelfContained(page, linksTo: ["./0/report.html", "./1/report.html", "./2/report.html"])
    expectAccessible(page)
    #expect(page["tr"].count == 4)
    #expect(page["td"].count { $0.classes.contains("fails") } == 1)
    #expect(page["figcaption"].count >= 3)
    for picture in page["svg"] {
      #expect(page["circle"].count { $0.ancestors.contains { $0 === picture } } == 3)
    }
    for mark in page["circle"] {
      let place = try #require(mark.attributes["data-at"]).split(separator: "#").map(String.init)
      let record = try Document(contentsOf: try #require(place.first))
      #expect(record.holds(mark.attributes["data-value"] ?? "", at: try #require(place.last)))
    }
  }

  @Test func aRunWithBothFilesCountsOnce() throws {
    let project = try project()
    #expect(FileManager.default.fileExists(atPath: project.path("runs/0/manifest.json")))
    try project.folder.write("runs/other/manifest.json", "{}")
    let history = try RecordHistory(folder: project.path("runs"))
    #expect(history.records.count == 3)
    #expect(history.notes.count == 1 && history.notes[0].contains("other/manifest.json"))
  }

  @Test func aFolderWithoutRecordsIsRefused() throws {
    let project = try ReportCase.all[0].project()
    #expect { try RecordHistory(folder: project.path("model")) } throws: { "\($0)".contains("manifest.json") }
  }
}
