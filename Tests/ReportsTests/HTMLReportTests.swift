import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct HTMLReportTests {
  @Test(arguments: ReportCase.all)
  func thePageIsWellFormedAndNeedsNothingElse(_ `case`: ReportCase) throws {
    let project = try `case`.finished().project
    let page = try Page(contentsOf: project.path("report/report.html"))
    #expect(page.mistake == nil)
    expectSelfContained(page)
    expectAccessible(page)
  }

  @Test(arguments: ReportCase.all)
  func everyFigureIsThatOfTheReportInJSON(_ `case`: ReportCase) throws {
    let (project, outcome) = try `case`.finished()
    let page = try Page(contentsOf: project.path("report/report.html"))
    let report = try Document(contentsOf: project.path("report/report.json"))
    let figures = expectFigures(page, equal: report)
    let bytes = figures.filter { $0.attributes["data-at"] == "products.0.bytes" }
    #expect(bytes.contains { $0.attributes["value"] == "\(outcome.products[0].bytes)" })
    for (index, product) in outcome.products.enumerated() {
      for gate in product.gates.indices {
        let place = "products.\(index).gates.\(gate).measured"
        #expect(figures.contains { $0.attributes["data-at"] == place }, "\(place) is shown")
      }
    }
    let errors = outcome.ledger.entries.count { $0.error != nil && $0.tensor.hasPrefix("blk.") && $0.error ?? 0 > 0 }
    #expect(page["rect"].count { $0.classes.contains { $0.hasPrefix("heat") } } >= errors)
  }

  @Test func theVerdictStandsAtTheTop() throws {
    for (`case`, word) in [(ReportCase.all[1], "Published"), (ReportCase.all[2], "Refused")] {
      let project = try `case`.finished().project
      let page = try Page(contentsOf: project.path("report/report.html"))
      let verdict = try #require(page["strong"].first { $0.ancestors.last?.classes.contains("verdict") == true })
      #expect(verdict.text == word)
      let cells = page["td"].filter { !Set($0.classes).isDisjoint(with: ["holds", "fails"]) }
      let report = try Document(contentsOf: project.path("report/report.json"))
      let gates = (0..<report.count(at: "products.0.gates")).map { report["products.0.gates.\($0).holds"] }
      #expect(cells.map { .bool($0.classes.contains("holds")) } == gates)
    }
  }

  @Test func namesAreShownAsTheyAre() throws {
    let `case` = try #require(ReportCase.all.last)
    let project = try `case`.finished().project
    let page = try Page(contentsOf: project.path("report/report.html"))
    #expect(page["h1"].map(\.text) == [ReportCase.hostileName])
    #expect(page["h2"].contains { $0.text == project.path(#"out/<i>&amp;'"|`@all.gguf"#) })
    #expect(page["th"].contains { $0.text == "]]><script>" })
  }

  @Test func gatesOnABaselineShowItsFigures() throws {
    let first = ReportCase("first")
    let project = try first.project()
    try first.run(project)
    let second = ReportCase(
      "second",
      settings: [
        "validate.baseline=\(project.path("report/manifest.json"))", "report=\(project.path("again"))",
        "validate.gates={mean_kld: {worse_by: 5%}, perplexity: {worse_by: 0.5, max: 1e9}}",
      ])
    let outcome = try second.run(project)
    #expect(outcome.isPublished)
    let page = try Page(contentsOf: project.path("again/report.html"))
    expectFigures(page, equal: try Document(contentsOf: project.path("again/report.json")))
    let places = page["data"].compactMap { $0.attributes["data-at"] }
    for key in ["baseline", "gate.worseBy", "margin"] {
      #expect(places.contains("products.0.gates.0.\(key)") && places.contains("products.0.gates.1.\(key)"), "\(key)")
    }
    #expect(
      page["p"].contains { $0.textOutsideOfFigures == "The baseline is \(project.path("report/manifest.json"))." })
  }

  @Test func bothEndsOfAScaleHaveItsUnit() throws {
    let project = try ReportCase.all[0].finished().project
    let page = try Page(contentsOf: project.path("report/report.html"))
    let ends = page["span"].filter { span in
      span.ancestors.contains { $0.classes.contains("ramp") } && !span.text.isEmpty
    }.map(\.text)
    #expect(ends.count == 2, "\(ends)")
    #expect(Set(ends.map { $0.split(separator: "×").dropFirst().joined() }).count == 1, "\(ends)")
  }

  @Test func whatWentInAndWhereItRanStandsAtTheTop() throws {
    let (project, outcome) = try ReportCase.all[1].finished()
    let page = try Page(contentsOf: project.path("report/report.html"))
    let facts = page["dd"].filter { $0.ancestors.contains { $0.classes.contains("facts") } }.map(\.text)
    #expect(facts.contains { $0.contains("calibration.txt") } && facts.contains { $0.contains(outcome.blasCore) })
    let places = page["data"].compactMap { $0.attributes["data-at"] }
    for place in ["original.bytes", "calibrationTokens", "resources.peakBytes", "resources.predictedSeconds"] {
      #expect(places.contains(place), "\(place)")
    }
  }

  @Test func severalProductsAreComparedFirstAndEachHasItsWeights() throws {
    let `case` = ReportCase("two types") {
      $0.emit = "[{gguf: out/a.gguf}, {gguf: {path: out/b.gguf, type: q8_0}}]"
    }
    let project = try `case`.project()
    try `case`.run(project)
    let page = try Page(contentsOf: project.path("report/report.html"))
    let headings = page.elements.filter { ["caption", "h2", "h3"].contains($0.name) }.map(\.text)
      .filter { $0 != "What the figures mean" }
    #expect(headings.prefix(2) == ["Products", "Size against quality"], "\(headings)")
    #expect(headings.count { $0 == "Weights" } == 2 && headings.count { $0 == "Types by block and part" } == 2)
    #expect(Set(page["a"].compactMap { $0.attributes["href"] }) == ["#product0", "#product1"])
    let places = page["data"].compactMap { $0.attributes["data-at"] }
    #expect(
      places.contains("products.1.ledger.entries.0.bytes") || places.contains("products.0.ledger.entries.0.bytes"))
    expectFigures(page, equal: try Document(contentsOf: project.path("report/report.json")))
  }

  @Test func refusedRunsSayWhatToDo() throws {
    let project = try ReportCase.all[2].finished().project
    let page = try Page(contentsOf: project.path("report/report.html"))
    let advice = page["li"].filter { $0.ancestors.contains { $0.classes.contains("advice") } }.map(\.text)
    #expect(advice.count == 1 && advice[0].contains("blk."), "\(advice)")
  }

  @Test func whatTurnsTheDirectionOfWritingIsShown() throws {
    #expect(XMLContent().escapeText("a\u{202E}b\u{2066}c\u{200F}é") == "a\\u202eb\\u2066c\\u200fé")
    let `case` = ReportCase("turned", settings: ["name=\"a\u{202E}b\""])
    let project = try `case`.project()
    try `case`.run(project)
    for file in ["report.html", "summary.md", "junit.xml"] {
      let text = try String(contentsOfFile: project.path("report/\(file)"), encoding: .utf8)
      #expect(!text.unicodeScalars.contains("\u{202E}"), "\(file)")
      #expect(text.contains("u202e"), "\(file)")
    }
  }

  @Test func whatXMLCannotHoldIsReplaced() throws {
    let escaped = XMLContent().escapeText("a\u{0}b\u{1F}c\u{FFFF}d\"\u{301}<\u{338}")
    #expect(escaped == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d&quot;\u{301}&lt;\u{338}")
  }

  @Test func aPageThatCannotBeWrittenStopsTheRunBeforeItPublishes() throws {
    let `case` = ReportCase("published")
    let project = try `case`.project()
    try project.folder.write("report/report.html/in-the-way", "")
    let before = try project.snapshot()
    #expect(throws: RunError.self) { try `case`.run(project) }
    #expect(try project.snapshot() == before)
  }
}
