import Foundation
import TestSupport
import Testing

/// A pipeline that is calibrated, and is ended at any step.
struct JournalCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var emit = "[{gguf: out/a.gguf}]"
  var calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32}"
  var settings: [String] = []
  /// Blocks of the model.
  var layers = 3

  static let all = [
    JournalCase(testDescription: "one product"),
    JournalCase(
      testDescription: "three products of two recipes",
      emit: "[{gguf: {path: out/a.gguf, type: q8_0}}, {gguf: out/b.gguf}, {safetensors: {path: out/c, type: q4_0}}]"),
    JournalCase(
      testDescription: "awq and a rotation",
      emit: "[{gguf: {path: out/a.gguf, type: q8_0}}, {gguf: out/b.gguf}]",
      settings: ["transform=[rotate, {awq: {grid: 2}}]"]),
    JournalCase(
      testDescription: "original inputs",
      emit: "[{gguf: {path: out/a.gguf, type: q8_0}}, {gguf: out/b.gguf}]",
      calibrate: "{corpus: calibration.txt, tokens: 1024, context: 32, inputs: original}"),
    JournalCase(
      testDescription: "bits on average", emit: "[{exl2: {path: out/a, bits: 4}}, {gguf: out/b.gguf}]"),
    JournalCase(
      testDescription: "scales of inputs",
      emit: "[{compressed_tensors: {path: out/a, activations: int8, type: int8_row}}]"),
    JournalCase(
      testDescription: "shared calibration",
      emit: "[{gguf: {path: out/a.gguf, type: q8_0}}, {gguf: out/b.gguf}]",
      calibrate: "{corpus: calibration.txt, tokens: 1024, context: 32, share: true}"),
  ]
}

/// A project, and what an undisturbed run makes of it.
private struct JournalProject {
  let project: TinyProject
  private let kase: JournalCase
  let plain: [String: Data?]
  /// What a run does to the disk, in order.
  private(set) var steps: [String] = []

  init(_ kase: JournalCase) throws {
    self.kase = kase
    project = try TinyProject(
      TinyModel { $0.layers = kase.layers },
      TinyPipeline {
        $0.calibrate = kase.calibrate
        $0.validate = nil
        $0.emit = kase.emit
      })
    let result = try Self.command(project, kase, ["--no-journal"]).run()
    #expect(result.status == 0, "\(result.errors)")
    plain = try Self.products(project)
    try project.folder.remove("out")
    let listed = try Self.command(project, kase, failpoint: "list").run()
    steps = listed.errors.split(separator: "\n").filter { $0.hasPrefix("failpoint ") }.map(String.init)
  }

  private static func command(
    _ project: TinyProject, _ kase: JournalCase, _ options: [String] = [], failpoint: String? = nil
  ) -> Command {
    var command = Command("run", project.file, "--jobs", "1")
    command.arguments += options + kase.settings.flatMap { ["--set", $0] }
    if let failpoint { command.environment["PLANISH_FAILPOINT"] = failpoint }
    return command
  }

  func run(_ options: [String] = [], failpoint: String? = nil) throws -> Command.Result {
    try Self.command(project, kase, options, failpoint: failpoint).run()
  }

  func restart() throws { try? project.folder.remove("out") }

  /// Everything under the names of products.
  static func products(_ project: TinyProject) throws -> [String: Data?] {
    try project.snapshot().filter { name, _ in
      name.hasPrefix("out/") && !name.hasPrefix("out/.") && !name.hasSuffix(".manifest.json")
    }
  }

  /// What journals say is done.
  func journals() throws -> [[String: Any]] {
    guard FileManager.default.fileExists(atPath: project.path("out")) else { return [] }
    let result = try Command("clean", project.path("out"), "--json").run()
    #expect(result.status == 0, "\(result.errors)")
    let entries = try answer(result.output)["journals"] as? [[String: Any]] ?? []
    return entries.compactMap { $0["journal"] as? [String: Any] }
  }

  /// The same command ends in the bytes of the undisturbed run, and repeats at most one block.
  func expectDone(after step: String) throws {
    let before = try journals()
    let again = try run()
    #expect(again.status == 0, "after \(step): \(again.errors)")
    #expect(try Self.products(project) == plain, "after \(step)")
    #expect(try journals().allSatisfy { $0["isFinished"] as? Bool == true }, "after \(step)")
    #expect(!again.errors.contains("not whole") || step.contains(" write "), "after \(step): \(again.errors)")
    // Every journal that was there is gone on with, at most one block behind where it was.
    let open = before.filter { $0["isFinished"] as? Bool == false }.compactMap { $0["blocks"] as? Int }
    guard let reached = open.min(), reached > 1, kase.calibrate.contains("share") == false else { return }
    let places = again.errors.matches(of: /goes on behind block (\d+) of/).compactMap { Int($0.1) }
    #expect(!places.isEmpty && places.allSatisfy { $0 >= reached - 1 }, "after \(step): \(again.errors)")
  }
}

/// Runs that are ended while they calibrate; docs/reliability.md tells what is promised.
@Suite struct JournalKillTests {
  @Test(arguments: JournalCase.all) func killed(_ kase: JournalCase) throws {
    let project = try JournalProject(kase)
    try #require(project.steps.count > 20)
    for (number, step) in tried(project.steps, atMost: 6) {
      try project.restart()
      let killed = try project.run(failpoint: "kill:\(number)")
      #expect(killed.status == nil, "\(step): \(killed.errors)")
      #expect(try JournalProject.products(project.project).isEmpty || number > project.steps.count / 2, "\(step)")
      try project.expectDone(after: step)
    }
  }

  /// A disk that is full from some step on, and has room again for the next run.
  @Test(arguments: JournalCase.all.prefix(2)) func theDiskIsFull(_ kase: JournalCase) throws {
    let project = try JournalProject(kase)
    for (number, step) in tried(project.steps, atMost: 6) {
      try project.restart()
      let failed = try project.run(failpoint: "fail:\(number)+:\(ENOSPC)")
      #expect(failed.status == 1 || failed.errors.contains("warning: "), "\(step): \(failed.errors)")
      try project.expectDone(after: step)
    }
  }

  /// Killed again and again, a run comes to its end.
  @Test func killedAgainAndAgain() throws {
    let project = try JournalProject(JournalCase.all[1])
    try project.restart()
    var kills = 0
    var furthest = 0
    while kills < 12, try project.run(failpoint: "kill:\(project.steps.count / 2)").status == nil {
      kills += 1
      let blocks = try project.journals().compactMap { $0["blocks"] as? Int }.min() ?? 0
      #expect(blocks >= furthest)
      furthest = blocks
    }
    #expect((1..<12).contains(kills))
    #expect(try JournalProject.products(project.project) == project.plain)
  }

  /// An interrupt leaves the journal and says so.
  @Test func interrupted() throws {
    let project = try JournalProject(JournalCase.all[0])
    try project.restart()
    let running = try Running(
      Command("run", project.project.file, "--jobs", "1", "--set", "calibrate.tokens=3008"))
    while running.isRunning, try project.journals().first?["blocks"] as? Int ?? 0 == 0 {
      Thread.sleep(forTimeInterval: 0.002)
    }
    running.send(SIGINT)
    let result = try running.wait()
    // It may have been quicker than the signal.
    if result.status == 130 {
      #expect(result.errors.contains("the same command goes on behind the last block"), "\(result.errors)")
      #expect(try project.project.folder.contents().allSatisfy { !$0.contains("planish-tmp") })
    } else {
      #expect(result.status == 0, "\(result.errors)")
    }
    #expect(try project.run().status == 0)
    #expect(try JournalProject.products(project.project) == project.plain)
  }

  /// A second run of the same recipe does not disturb the first.
  @Test func twoAtOnce() throws {
    let project = try JournalProject(JournalCase.all[0])
    try project.restart()
    let all = try (0..<3).map { index in
      try Running(
        Command(
          "run", project.project.file, "--jobs", "1", "--set",
          "emit.0.gguf=\(project.project.path("out/\(index).gguf"))"))
    }
    let results = try all.map { try $0.wait() }
    #expect(results.contains { $0.status == 0 })
    for result in results where result.status != 0 {
      #expect(result.status == 1, "\(result.errors)")
      #expect(result.errors.contains("another run makes the same product now"), "\(result.errors)")
    }
  }

  /// Texts that are gone or damaged cost blocks, and no byte.
  @Test(arguments: ["gone", "damaged"]) func theTextIsLost(_ how: String) throws {
    let project = try JournalProject(JournalCase.all[0])
    let last = try #require(
      project.steps.indices.last { project.steps[$0].contains(" sync ") && project.steps[$0].hasSuffix(".journal") })
    try project.restart()
    #expect(try project.run(failpoint: "kill:\(last)").status == nil)
    for name in try project.project.folder.contents() where name.hasSuffix(".text") {
      if how == "gone" {
        try project.project.folder.remove(name)
      } else {
        try project.project.folder.write(name, "something else")
      }
    }
    let again = try project.run()
    #expect(again.status == 0 && again.errors.contains("are gone or damaged; its 3 blocks"), "\(again.errors)")
    #expect(try JournalProject.products(project.project) == project.plain)
  }

  @Test func clean() throws {
    let project = try JournalProject(JournalCase.all[1])
    let listed = try Command("clean", project.project.path("out")).run()
    #expect(listed.output.contains("finished") && listed.output.contains("--remove removes them"), "\(listed.output)")
    let none = try Command("clean", "out", "--older-than", "1", in: project.project.folder.url.path).run()
    #expect(none.output == "no journals\n")
    let removed = try Command("clean", "--remove", in: project.project.folder.url.path).run()
    #expect(removed.output.contains("removed 2 of 2"), "\(removed.output)")
    #expect(try project.project.folder.contents().allSatisfy { !$0.contains(".planish") })
    let missing = try Command("clean", "nowhere", in: project.project.folder.url.path).run()
    #expect(missing.status == 2 && missing.errors.contains("found no folder"), "\(missing.errors)")
    let both = try project.run(["--fresh", "--no-journal"])
    #expect(both.status == 2)
  }

  /// The steps to try: all where `PLANISH_KILL_TESTS` is `all`; else a few, evenly spread over those that write a journal.
  private func tried(_ steps: [String], atMost count: Int) -> [(number: Int, step: String)] {
    let all = zip(1..., steps).map { (number: $0, step: $1) }
    if ProcessInfo.processInfo.environment["PLANISH_KILL_TESTS"] == "all" { return all }
    let own = all.filter { $0.step.contains("/.planish/") }
    guard own.count > count else { return own }
    return (0..<count).map { own[$0 * (own.count - 1) / (count - 1)] }
  }
}
