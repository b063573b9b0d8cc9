import Foundation
import Pipeline
import Tensors
import TestSupport
import Testing

/// Ranges of blocks that are compiled by themselves come together to what one run makes.
@Suite struct BlockRangeTests {
  private func project() throws -> TinyProject { try TinyProject(TinyModel { $0.layers = 4 }) }

  /// Compiles some blocks as another machine would, and tells where its journals are.
  private func compile(_ blocks: String, _ project: TinyProject, _ settings: [String]) throws -> [String] {
    let plan = try project.plan(settings + ["emit.0.gguf=\(project.path("\(blocks)/tiny.gguf"))"])
    let range = try #require(BlockRange(blocks))
    #expect(range.obstacle(plan) == nil)
    return try PartialCompilation(plan, range).execute(.goOn, on: Workers(count: 2)) { _ in }
  }

  private static let original = "calibrate.inputs=original"

  @Test(arguments: [
    [original], [original, "transform=[rotate, {awq: {grid: 4}}]"],
    [original, "calibrate.gradients={tokens: 512}"],
    [original, "quantize.type=q8_0", "quantize.solver=rtn"],
  ]) func theBytesOfOneRun(_ settings: [String]) throws {
    let project = try project()
    let alone = try project.run(settings)
    let bytes = try project.bytes("out/tiny.gguf")
    let parts = try ["0..0", "3..3", "1..2"].map { try compile($0, project, settings) }
    try JournalMerge([try project.plan(settings)]).execute([parts[2][0], project.path("0..0"), parts[1][0]])
    let merged = try project.run(settings, journals: .goOn) { event in
      if case .working("text") = event { Issue.record("a merged journal lacks nothing") }
    }
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    #expect(merged.ledger.entries.map(\.error) == alone.ledger.entries.map(\.error))
  }

  @Test func whatIsMissingIsNamed() throws {
    let project = try project()
    let settings = [Self.original]
    let first = try compile("0..1", project, settings)
    let last = try compile("3..3", project, settings)
    let other = try compile("2..2", project, settings + ["calibrate.seed=5"])
    let twice = try compile("1..3", project, settings)
    func problem(_ paths: [String]) throws -> String {
      let plan = try project.plan(settings)
      do throws(RunError) {
        try JournalMerge([plan]).execute(paths)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(try problem(first + last).contains("no journal of the blocks 2..2"))
    #expect(try problem(first).contains("no journal of the blocks 2..3"))
    #expect(try problem(first + twice).contains("the block 1 twice"))
    #expect(try problem(first + other + last).contains("another pipeline, other files or another arithmetic"))
    #expect(try problem([project.file]).contains("found no journal"))
    // Nothing of that made a whole journal.
    let whole = try JournalSummary.all(in: project.path("out")).filter { $0.range == nil }
    #expect(whole.allSatisfy { !$0.isFinished })
  }

  @Test func whatCannotBeCutIsRefused() throws {
    let project = try project()
    let range = BlockRange(first: 0, last: 3)
    #expect(try range.obstacle(project.plan())?.contains("calibrate.inputs: original") == true)
    #expect(try range.obstacle(project.plan(["quantize.type=f16"]))?.contains("nothing is calibrated") == true)
    #expect(try BlockRange(first: 2, last: 4).obstacle(project.plan([Self.original]))?.contains("0..3") == true)
    #expect(
      BlockRange("3..1") == nil && BlockRange("1") == nil && BlockRange("a..b") == nil && BlockRange("-1..2") == nil)
    #expect(BlockRange("0..15")?.description == "0..15")
  }
}
