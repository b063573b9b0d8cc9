import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// What is written from a journal is what a run without one makes. Kills are tried in `JournalKillTests`.
@Suite struct JournalTests {
  /// What a run did and said.
  private final class Seen: Sendable {
    private let state = Mutex((texts: 0, notes: [String](), skipped: 0))

    var texts: Int { state.withLock { $0.texts } }
    var notes: [String] { state.withLock { $0.notes } }
    var skipped: Int { state.withLock { $0.skipped } }

    func note(_ event: RunEvent) {
      state.withLock { state in
        switch event {
        case .working("text"): state.texts += 1
        case .note(let text): state.notes.append(text)
        case .skipped(_, let done, _): state.skipped = done
        default: break
        }
      }
    }
  }

  @Test(arguments: ProductsAloneTests.cases) func theSameBytes(_ test: ProductsAloneTests.Case) throws {
    let project = try ProductsAloneTests.project(test)
    let plain = try ProductsAloneTests.together(test)
    let first = try ProductsAloneTests.files(test.products, of: project, test, journals: .goOn)
    #expect(first == plain)
    let seen = Seen()
    let second = try ProductsAloneTests.files(test.products, of: project, test, journals: .goOn) { seen.note($0) }
    #expect(second == plain)
    guard test.calibrate != nil else { return }
    #expect(seen.texts == 0 && seen.notes.allSatisfy { $0.contains("nothing is calibrated") })
  }

  /// Who wants to begin anew begins anew.
  @Test func fresh() throws {
    let project = try TinyProject()
    try project.run(journals: .goOn)
    let made = try project.bytes("out/tiny.gguf")
    let seen = Seen()
    try project.run(journals: .fresh) { seen.note($0) }
    #expect(try project.bytes("out/tiny.gguf") == made)
    #expect(seen.texts > 0 && seen.notes.isEmpty)
  }

  private static let q4 = "{gguf: {path: out/P.gguf, type: q4_0}}"
  private static let q8 = "{gguf: {path: out/P.gguf, type: q8_0}}"

  private func files(
    _ products: [String], _ project: TinyProject, _ journals: JournalUse = .goOn, _ seen: Seen = Seen()
  ) throws -> [[String: Data]] {
    try ProductsAloneTests.files(
      products, of: project, .init(name: "", products: products), journals: journals
    ) { seen.note($0) }
  }

  private func journals(_ project: TinyProject) throws -> [JournalSummary] {
    try JournalSummary.all(in: project.path("out"))
  }

  /// One more container of the same weights, also in another order, costs no calibration.
  @Test func furtherContainers() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    let other = "{safetensors: {path: out/P, type: q4_0}}"
    let plain = try files([other, Self.q4], project, .none)
    _ = try files([Self.q4], project)
    let seen = Seen()
    let both = try files([other, Self.q4], project, .goOn, seen)
    #expect(both == plain && seen.texts == 0)
    #expect(try journals(project).count == 1)
  }

  /// Another recipe has another journal, and touches none but its own.
  @Test func anotherRecipe() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    _ = try files([Self.q4], project)
    let first = try #require(try journals(project).first)
    let bytes = try Data(contentsOf: URL(filePath: first.path))
    for setting in ["calibrate.seed=5", "quantize.solver.gptq.damping=0.1", "model.path=\(try copiedModel(project))"] {
      let seen = Seen()
      _ = try project.run([setting, "emit=[{gguf: \(project.path("out/p0.gguf"))}]"], journals: .goOn) { seen.note($0) }
      #expect(seen.texts > 0 && seen.notes.isEmpty, "\(setting)")
      #expect(try Data(contentsOf: URL(filePath: first.path)) == bytes, "\(setting)")
    }
    #expect(try journals(project).count == 4)
    // What a run validates, reports and is called decides no tensor.
    let seen = Seen()
    _ = try project.run(
      [
        "name=other", "validate={corpus: \(project.path("heldout.txt")), tokens: 64, context: 32}",
        "emit=[{gguf: \(project.path("out/p0.gguf"))}]",
      ], journals: .goOn
    ) { seen.note($0) }
    #expect(seen.texts == 0)
  }

  private func copiedModel(_ project: TinyProject) throws -> String {
    try TinyModel { $0.seed = 2 }.write(to: project.folder, as: "other")
    return project.path("other")
  }

  /// Two products, one of which was made before: the other is calibrated, and neither changes.
  @Test func oneOfTwoIsThere() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    let plain = try files([Self.q4, Self.q8], project, .none)
    _ = try files([Self.q8], project)
    let seen = Seen()
    #expect(try files([Self.q4, Self.q8], project, .goOn, seen) == plain)
    #expect(seen.texts > 0 && seen.notes.count == 1)
  }

  /// A record that was damaged is made again, with all that came after it.
  @Test(arguments: [0.2, 0.5, 0.9]) func damage(_ share: Double) throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    let plain = try files([Self.q4], project, .none)
    _ = try files([Self.q4], project)
    let journal = try #require(try journals(project).first)
    var bytes = try Data(contentsOf: URL(filePath: journal.path))
    bytes[Int(share * Double(bytes.count))] ^= 1
    try bytes.write(to: URL(filePath: journal.path))
    let seen = Seen()
    #expect(try files([Self.q4], project, .goOn, seen) == plain)
    #expect(seen.texts > 0 && seen.notes.contains { $0.contains("that were not whole") }, "\(seen.notes)")
    #expect(try journals(project).allSatisfy(\.isFinished))
  }

  /// A refused run and what it cost are not lost: with another gate nothing is calibrated.
  @Test func aRefusedRunKeepsItsJournal() throws {
    let project = try TinyProject()
    let gate = { (limit: String) in ["validate.gates.mean_kld.max=\(limit)"] }
    #expect(try !project.run(gate("0"), journals: .goOn).isPublished)
    let seen = Seen()
    #expect(try project.run(gate("100"), journals: .goOn) { seen.note($0) }.isPublished)
    #expect(seen.texts == 0)
  }

  @Test func summaries() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.model = "{path: model}\nname: tiny"
        $0.validate = nil
      })
    try project.run(journals: .goOn)
    let journal = try #require(try journals(project).first)
    #expect(journal.name == "tiny" && journal.type == "q4_0" && journal.isFinished && !journal.isLocked)
    #expect(journal.blocks == 2 && journal.blocksOfModel == 2)
    let foretold = try project.plan().journalBytes
    #expect(journal.bytes > 0 && journal.bytes <= foretold + 65536)
    #expect(try journal.remove())
    #expect(try project.folder.contents().filter { $0.hasPrefix("out/.") } == [])
  }

  /// Products of floating-point types have no use for calibration.
  @Test func floatsAreNotCalibrated() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    let seen = Seen()
    try project.run(["quantize.type=f16"], journals: .goOn) { seen.note($0) }
    let calibrated = try project.bytes("out/tiny.gguf")
    #expect(seen.texts == 0)
    #expect(try journals(project).isEmpty)
    #expect(try project.plan(["quantize.type=f16"]).resources.work.compile == 0)
    // AWQ edits blocks by what it sees, whatever their type.
    let edited = Seen()
    try project.run(["quantize.type=f16", "transform=[{awq: {grid: 2}}]"]) { edited.note($0) }
    #expect(edited.texts > 0)
    #expect(try !project.bytes("out/tiny.gguf").isEmpty && !calibrated.isEmpty)
  }
}
