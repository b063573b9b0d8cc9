import Foundation
import TestSupport
import Testing

@Suite struct ReportFilesTests {
  private static let variants =
    "variants:\n  eight: {quantize: {type: q8_0}, emit: [{gguf: out/eight.gguf}]}\n"
  private static let forms = ["junit.xml", "report.html", "report.json", "summary.md"]

  /// The files below the report's folder, by their paths in it.
  private func files(_ project: TinyProject) throws -> [String] {
    try project.folder.contents().filter { $0.hasPrefix("report/") }.map { String($0.dropFirst("report/".count)) }
  }

  @Test func aPublishedRunSaysWhereItsReportIs() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    let result = try Command("run", project.file).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("report \(project.path("report/report.html"))"))
    #expect(try files(project) == (Self.forms + ["manifest.json"]).sorted())
  }

  @Test func aRefusedRunLeavesItsReportAndNoManifest() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    let result = try Command("run", project.file, "--set", "validate.gates.mean_kld.max=0").run()
    #expect(result.status == 3, "\(result.errors)")
    #expect(try files(project) == Self.forms)
    #expect(try !project.folder.contents(journals: false).contains { $0.hasPrefix("out") })
  }

  @Test func severalPipelinesLeaveAnOverview() throws {
    let pipeline = TinyPipeline { $0.report = "report" }
    let project = try TinyProject(TinyModel(), pipeline)
    try project.folder.write("p.yaml", pipeline.yaml + Self.variants)
    let result = try Command("run", project.file).run()
    #expect(result.status == 0, "\(result.errors)")
    let overview = ["overview.html", "overview.json", "overview.md"]
    let own = Self.forms + ["manifest.json"]
    #expect(try files(project) == (own + overview + ["eight"] + own.map { "eight/\($0)" }).sorted())
  }

  @Test func oneVariantAloneLeavesNoOverview() throws {
    let pipeline = TinyPipeline { $0.report = "report" }
    let project = try TinyProject(TinyModel(), pipeline)
    try project.folder.write("p.yaml", pipeline.yaml + Self.variants)
    #expect(try Command("run", project.file, "--variant", "eight").run().status == 0)
    #expect(try files(project) == ["eight"] + (Self.forms + ["manifest.json"]).sorted().map { "eight/\($0)" })
  }

  @Test func withoutAReportFolderNothingIsReported() throws {
    let project = try TinyProject()
    let result = try Command("run", project.file).run()
    #expect(!result.output.contains("report "))
    #expect(try project.folder.contents().filter { $0.hasSuffix(".html") || $0.hasSuffix(".xml") } == [])
  }
}
