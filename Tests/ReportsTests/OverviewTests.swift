import Foundation
import Pipeline
import Reports
import Tensors
import TestSupport
import Testing

@Suite struct OverviewTests {
  private static let variants = """
    variants:
      small: {quantize: {type: q4_0}, emit: [{gguf: out/small.gguf}]}
      strict: {emit: [{gguf: out/strict.gguf}], validate: {gates: {mean_kld: {max: 0}}}}
      far: {emit: [{gguf: out/far.gguf}], report: elsewhere}

    """

  /// Runs every pipeline of a file as the command does. Answers the outcomes.
  private func run(_ project: TinyProject) throws -> [Outcome] {
    let file = try SpecFile.load(path: project.file, registries: .all)
    let folder = try #require(file.base.report?.absolute)
    var outcomes: [Outcome] = []
    for spec in file.all {
      let overview = Recording.Overview(folder: folder, forms: ReportForms.overviews, earlier: outcomes)
      let recording = Recording(forms: ReportForms.all, overview: overview)
      let plan = try Planner.plan(spec, on: Workers(count: 2))
      outcomes.append(try Run(plan, on: Workers(count: 2), recording: recording).execute())
    }
    return outcomes
  }

  private func project() throws -> TinyProject {
    let pipeline = TinyPipeline {
      $0.quantize = "{type: q5_0}"
      $0.report = "report"
    }
    let project = try TinyProject(TinyModel(), pipeline)
    try project.folder.write("p.yaml", pipeline.yaml + Self.variants)
    return project
  }

  @Test func thePageComparesEveryProductOfTheFile() throws {
    let project = try project()
    let outcomes = try run(project)
    #expect(outcomes.map(\.isPublished) == [true, true, false, true])
    let page = try Page(contentsOf: project.path("report/overview.html"))
    #expect(page.mistake == nil)
    // The report of the variant that goes elsewhere is not inside of this folder.
    let links: Set = ["report.html", "./small/report.html", "./strict/report.html"]
    expectSelfContained(page, linksTo: links)
    for link in links {
      #expect(FileManager.default.fileExists(atPath: project.path("report/\(link)")), "\(link)")
    }
    expectAccessible(page)
    expectFigures(page, equal: try Document(contentsOf: project.path("report/overview.json")))
    #expect(page["circle"].count == 4)
    #expect(page["circle"].count { $0.classes.contains("refused") } == 1)
    let labels = page["text"].filter { $0.classes.contains("name") }.map(\.text)
    #expect(Set(labels) == ["q5_0 (base)", "small", "strict", "far"])
  }

  @Test func theFrontLeadsThroughWhatNothingBeats() throws {
    let project = try project()
    try #require(try run(project).count == 4)
    let page = try Page(contentsOf: project.path("report/overview.html"))
    // Lower is better on both axes, and SVG counts downward.
    let points = page["circle"].compactMap { point -> [Double]? in
      guard let x = Double(point.attributes["cx"] ?? ""), let y = Double(point.attributes["cy"] ?? "") else {
        return nil
      }
      return [x, y]
    }
    try #require(points.count == 4)
    let best = Set(points.filter { a in !points.contains { b in b != a && b[0] <= a[0] && b[1] >= a[1] } })
    let fronts = page["path"].filter { $0.classes.contains("front") }.compactMap { $0.attributes["d"] }
    let front = (fronts.first ?? "").dropFirst().split(separator: "L").map {
      $0.split(separator: " ").compactMap { Double($0) }
    }
    if best.count > 1 { #expect(Set(front) == best) } else { #expect(fronts.isEmpty) }
    #expect(page["line"].contains { $0.classes.contains("interval") })
  }

  @Test func theTableIsSortedBySize() throws {
    let project = try project()
    try #require(try run(project).count == 4)
    let page = try Page(contentsOf: project.path("report/overview.html"))
    let sizes = page["data"].filter { $0.ancestors.contains { $0.attributes["data-label"] == "size" } }
      .compactMap { Int($0.attributes["value"] ?? "") }
    #expect(sizes.count == 4 && sizes == sizes.sorted())
  }

  @Test func theSummaryNamesTheGatesThatFail() throws {
    let project = try project()
    try #require(try run(project).count == 4)
    let text = try String(contentsOfFile: project.path("report/overview.md"), encoding: .utf8)
    #expect(text.contains("### ❌ p and 3 variants"))
    #expect(text.contains("Failed gates of strict.gguf") && text.contains("❌ | mean\\_kld |"))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("| ✅") } == 3)
  }

  @Test func theOverviewIsOnDiskBeforeTheLastProductIsPublished() throws {
    let project = try project()
    try project.folder.write("report/overview.json/in-the-way", "")
    let before = try project.snapshot()
    #expect(throws: RunError.self) { try run(project) }
    #expect(try project.snapshot() == before)
  }
}
