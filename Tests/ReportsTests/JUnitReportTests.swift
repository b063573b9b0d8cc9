import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct JUnitReportTests {
  @Test(arguments: ReportCase.all)
  func eachGateIsATestCase(_ `case`: ReportCase) throws {
    let (project, outcome) = try `case`.finished()
    let file = try Page(contentsOf: project.path("report/junit.xml"))
    #expect(file.mistake == nil)
    let gates = outcome.products.flatMap(\.gates)
    let failed = gates.filter { !$0.holds }
    let root = try #require(file.elements.first)
    #expect(root.name == "testsuites")
    #expect(file["testsuite"].count == outcome.products.count)
    for (suite, product) in zip(file["testsuite"], outcome.products) {
      #expect(suite.attributes["tests"] == "\(product.gates.count)")
      #expect(suite.attributes["failures"] == "\(product.gates.count { !$0.holds })")
    }
    #expect(file["testcase"].count == gates.count && file["failure"].count == failed.count)
    #expect(file["testcase"].allSatisfy { $0.attributes["classname"]?.hasPrefix(outcome.name) == true })
    for (gate, failure) in zip(failed, file["failure"]) {
      let measured = try #require(gate.measured)
      let message = try #require(failure.attributes["message"])
      #expect(message.contains("measured ") && message.contains("wanted ") && message.contains("margin "))
      #expect(failure.text.contains("measured: \(measured)"))
      #expect(failure.text.contains("margin: \(try #require(gate.margin))"))
    }
  }

  @Test(arguments: ReportCase.all)
  func timesAddUpToThatOfTheRun(_ `case`: ReportCase) throws {
    let (project, outcome) = try `case`.finished()
    let file = try Page(contentsOf: project.path("report/junit.xml"))
    func sum(_ name: String) -> Double { file[name].compactMap { Double($0.attributes["time"] ?? "") }.reduce(0, +) }
    #expect(abs(sum("testsuites") - outcome.seconds) < 0.001)
    #expect(abs(sum("testsuite") - outcome.seconds) < 0.001 * Double(file["testsuite"].count))
    let gates = file["testcase"].count
    if gates > 0, outcome.products.allSatisfy({ !$0.gates.isEmpty }) {
      #expect(abs(sum("testcase") - outcome.seconds) < 0.001 * Double(gates))
    }
  }

  @Test func aGateWithAConfidenceTellsTheEndThatWasJudged() throws {
    let `case` = ReportCase("confident") {
      $0.validate = """
        {corpus: heldout.txt, tokens: 512, context: 32, gates: {mean_kld: {max: 0, confidence: 0.9}}}
        """
    }
    let project = try `case`.project()
    let outcome = try `case`.run(project)
    let high = try #require(outcome.products[0].gates[0].interval?.high)
    let failure = try #require(try Page(contentsOf: project.path("report/junit.xml"))["failure"].first)
    let message = try #require(failure.attributes["message"])
    #expect(message.hasPrefix("judged ") && message.contains("(upper end, 90\u{A0}%; measured "), "\(message)")
    #expect(failure.text.contains("\(high); judged: its upper end"))
    let page = try Page(contentsOf: project.path("report/report.html"))
    #expect(page["data"].contains { $0.attributes["data-at"] == "products.0.gates.0.interval.high" })
    let cells = page["td"].filter { $0.attributes["data-label"] == "judged" }
    #expect(cells.count == 1 && page["th"].contains { $0.text == "judged" })
  }

  @Test func namesTellGatesOfOneMeasureApart() throws {
    let project = try ReportCase.all[1].finished().project
    let names = try Page(contentsOf: project.path("report/junit.xml"))["testcase"].compactMap { $0.attributes["name"] }
    #expect(names.count == 6 && Set(names).count == names.count, "\(names)")
    #expect(names.contains("mean_kld of b"))
  }
}
