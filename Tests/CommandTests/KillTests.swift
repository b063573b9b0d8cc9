import Foundation
import TestSupport
import Testing

/// What a run publishes, and over what.
struct KillCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let emit: String
  var hasReport = false
  /// Whether earlier products stand there.
  var replaces = true
  /// Whether the file system lets two names change places.
  var exchanges = true

  /// The names of products in the project.
  var products: [String] {
    ["out/a.gguf", "out/b", "out/c.gguf"].filter { emit.contains($0) }
  }

  static let all = [
    KillCase(testDescription: "a file over an earlier one", emit: "[{gguf: out/a.gguf}]"),
    KillCase(testDescription: "a folder over an earlier one", emit: "[{safetensors: out/b}]"),
    KillCase(testDescription: "products where nothing stands", emit: several, hasReport: true, replaces: false),
    KillCase(testDescription: "several products with a report over earlier ones", emit: several, hasReport: true),
    KillCase(
      testDescription: "the same where names cannot change places", emit: several, hasReport: true, exchanges: false),
  ]

  private static let several = "[{gguf: out/a.gguf}, {safetensors: out/b}, {gguf: out/c.gguf}]"
}

/// A project, the state that an earlier run left in it, and the state that a run makes of that.
private struct KillProject {
  typealias State = [String: Data?]

  let project: TinyProject
  private let kase: KillCase
  private(set) var old: State = [:]
  private(set) var new: State = [:]
  /// What a run does to the disk, in order.
  private(set) var steps: [String] = []

  private static let made = ["out", "report"]

  init(_ kase: KillCase) throws {
    self.kase = kase
    project = try TinyProject(
      TinyModel { $0.layers = 1 },
      TinyPipeline {
        $0.calibrate = nil
        $0.validate = nil
        $0.quantize = "{solver: rtn, type: q4_0}"
        $0.emit = kase.emit
        $0.report = kase.hasReport ? "report" : nil
      })
    if kase.replaces { #expect(try command(type: "q4_0").run().status == 0) }
    old = try state()
    try FileManager.default.createDirectory(atPath: project.path("kept"), withIntermediateDirectories: true)
    for name in Self.made where old[name] != nil {
      try FileManager.default.copyItem(atPath: project.path(name), toPath: project.path("kept/\(name)"))
    }
    let listed = try command(failpoint: "list").run()
    #expect(listed.status == 0, "\(listed.errors)")
    steps = listed.errors.split(separator: "\n").filter { $0.hasPrefix("failpoint ") }.map(String.init)
    new = try state()
  }

  func command(type: String = "q8_0", failpoint: String? = nil) -> Command {
    var command = Command("run", project.file, "--set", "quantize.type=\(type)", "--jobs", "1")
    let actions = (failpoint.map { [$0] } ?? []) + (kase.exchanges ? [] : ["fail:exchange:\(EINVAL)"])
    if !actions.isEmpty { command.environment["PLANISH_FAILPOINT"] = actions.joined(separator: ",") }
    return command
  }

  /// Everything that runs made.
  func state() throws -> State {
    try project.snapshot().filter { name, _ in Self.made.contains { name == $0 || name.hasPrefix("\($0)/") } }
  }

  func restore() throws {
    for name in Self.made {
      try? FileManager.default.removeItem(atPath: project.path(name))
      guard old[name] != nil else { continue }
      try FileManager.default.copyItem(atPath: project.path("kept/\(name)"), toPath: project.path(name))
    }
  }

  /// Which state a product is in: whole, and the earlier one or the new one.
  private func side(of product: String, in state: State) throws -> State? {
    func part(_ state: State) -> State { state.filter { $0.key == product || $0.key.hasPrefix("\(product)/") } }
    let found = part(state)
    let side = [old, new].first { part($0) == found }
    // There a folder's name stands for nothing for an instant, while both folders are whole beside it.
    if side == nil, !kase.exchanges, found.isEmpty, state["out/.b.planish-old/planish.json"] != nil { return nil }
    #expect(side != nil, "\(product) is neither the earlier one nor the new one: \(found.keys.sorted())")
    return side
  }

  /// Every name stands for a whole product, and every record for all products as they are.
  func check(_ state: State, _ step: String) throws {
    let sides = try kase.products.map { try side(of: $0, in: state) }
    for record in ["report/manifest.json", "report/report.json", "out/a.gguf.manifest.json", "out/b.manifest.json"] {
      guard let text = state[record] ?? nil else { continue }
      let digest = try object(String(decoding: text, as: UTF8.self))["recipeDigest"] as? String
      for (product, side) in zip(kase.products, sides) {
        let told = try side?[record].flatMap { $0 }.map { try object(String(decoding: $0, as: UTF8.self)) }
        #expect(told?["recipeDigest"] as? String == digest, "after \(step), \(record) does not tell of \(product)")
      }
    }
  }

  /// Records hold times, so only their names are compared; products are compared byte for byte.
  func expectDone(_ step: String) throws {
    let state = try state()
    #expect(state.keys.sorted() == new.keys.sorted(), "after \(step)")
    for product in kase.products {
      for (name, data) in new where name == product || name.hasPrefix("\(product)/") {
        #expect(state[name] == data, "\(name) after \(step)")
      }
    }
  }
}

/// Runs that are killed, or whose disk fails, at every step that changes the disk; docs/reliability.md tells what is promised.
@Suite struct KillTests {
  @Test(arguments: KillCase.all)
  func killed(_ kase: KillCase) throws {
    let project = try KillProject(kase)
    try #require(project.steps.count > 10)
    for (number, step) in tried(project.steps, atMost: 8) {
      try project.restore()
      let killed = try project.command(failpoint: "kill:\(number)").run()
      #expect(killed.status == nil, "\(step): \(killed.errors)")
      try project.check(project.state(), step)
      let again = try project.command().run()
      #expect(again.status == 0, "after \(step): \(again.errors)")
      try project.expectDone(step)
    }
  }

  @Test(arguments: KillCase.all.filter(\.exchanges))
  func aStepFails(_ kase: KillCase) throws {
    let project = try KillProject(kase)
    for (number, step) in tried(project.steps, atMost: 5) {
      try project.restore()
      let failed = try project.command(failpoint: "fail:\(number):\(ENOSPC)").run()
      let state = try project.state()
      try project.check(state, step)
      switch failed.status {
      case 0:
        // What is not done then can be done later.
        #expect(step.contains(" sync ") || step.contains(" remove ") || step.contains(" rmdir "), "\(step)")
        #expect(failed.errors.contains("warning: "), "\(step): \(failed.errors)")
      case 1:
        #expect(state == project.old, "\(step): \(state.keys.sorted())")
        #expect(failed.errors.contains("planish: error: "), "\(step): \(failed.errors)")
      default: Issue.record("\(step): \(String(describing: failed.status)) \(failed.errors)")
      }
      #expect(try project.command().run().status == 0, "after \(step)")
      try project.expectDone(step)
    }
  }

  /// A disk that fails for good cannot be tidied up, but what stands under a name is whole even then.
  @Test(arguments: KillCase.all.filter(\.exchanges))
  func theDiskFailsForGood(_ kase: KillCase) throws {
    let project = try KillProject(kase)
    for (number, step) in tried(project.steps, atMost: 5) {
      try project.restore()
      let failed = try project.command(failpoint: "fail:\(number)+:\(EIO)").run()
      #expect(failed.status == 1 || failed.errors.contains("warning: "), "\(step): \(failed.errors)")
      try project.check(project.state(), step)
      #expect(try project.command().run().status == 0, "after \(step)")
      try project.expectDone(step)
    }
  }

  @Test func whatIsNoFailpointIsRefused() throws {
    let project = try TinyProject()
    for text in ["kill", "kill:0", "kill:x", "fail:1", "fail:1:x", "fail:1:0", "everything"] {
      var command = Command("run", project.file)
      command.environment["PLANISH_FAILPOINT"] = text
      let result = try command.run()
      #expect(
        result.status == 2 && result.errors.contains("PLANISH_FAILPOINT: found \(text), expected"), "\(result.errors)")
    }
  }

  /// The steps to try: all where `PLANISH_KILL_TESTS` is `all`; else a few, evenly spread over those that give names outside of
  /// temporary folders and every ninth of the others.
  private func tried(_ steps: [String], atMost count: Int) -> [(number: Int, step: String)] {
    let all = zip(1..., steps).map { (number: $0, step: $1) }
    if ProcessInfo.processInfo.environment["PLANISH_KILL_TESTS"] == "all" { return all }
    let interesting = all.filter { number, step in
      let isName = ["rename", "exchange", "link"].contains { step.contains(" \($0) ") }
      return isName && !step.contains("planish-tmp/") || number % 9 == 0
    }
    guard interesting.count > count else { return interesting }
    return (0..<count).map { interesting[$0 * (interesting.count - 1) / (count - 1)] }
  }
}
