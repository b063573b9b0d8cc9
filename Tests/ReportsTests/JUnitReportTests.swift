import Foundation
import Pipeline
import Reports
import TestSupport
import Testing

@Suite struct JUnitReportTests {
  @Test(arguments: ReportCase.all)
  func eachGateIsATestCase(_ `case`: ReportCase) throws {
    let project = try `case`.project()
    let outcome = try `case`.run(project)
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

  @Test func namesTellGatesOfOneMeasureApart() throws {
    let project = try ReportCase.all[1].project()
    try ReportCase.all[1].run(project)
    let names = try Page(contentsOf: project.path("report/junit.xml"))["testcase"].compactMap { $0.attributes["name"] }
    #expect(names.count == 6 && Set(names).count == names.count, "\(names)")
    #expect(names.contains("mean_kld of b"))
  }
}
