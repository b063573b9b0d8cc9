import Foundation
import TestSupport
import Testing

@Suite struct RunCommandTests {
  @Test func publishesIntoAFolderThatItMakes() throws {
    let project = try TinyProject()
    let result = try Command("run", "p.yaml", in: project.folder.url.path).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("published \(project.path("out/tiny.gguf"))"))
    #expect(result.output.contains("mean KL divergence"))
    #expect(result.errors.contains("compile: 2 steps in"))
    #expect(!result.errors.contains("\u{1B}"), "no escape codes where no terminal is")
    let made = try project.folder.contents(journals: false).filter { $0.hasPrefix("out") }
    #expect(made == ["out", "out/tiny.gguf", "out/tiny.gguf.manifest.json"])
  }

  @Test func aSecondRunReplacesTheFirst() throws {
    let project = try TinyProject()
    #expect(try Command("run", project.file).run().status == 0)
    let first = try Data(contentsOf: URL(filePath: project.path("out/tiny.gguf")))
    let names = try project.folder.contents(journals: false)
    #expect(try Command("run", project.file, "--set", "quantize.type=q8_0").run().status == 0)
    let second = try Data(contentsOf: URL(filePath: project.path("out/tiny.gguf")))
    #expect(second.count > first.count)
    #expect(try project.folder.contents(journals: false) == names)
  }

  #if arch(x86_64)
    @Test(arguments: [nil, "Prescott"])
    func multipliesWithWideKernelsUnlessToldOtherwise(core: String?) throws {
      let project = try TinyProject()
      var command = Command("run", project.file, "--json")
      command.environment["OPENBLAS_CORETYPE"] = .some(core)
      let result = try command.run()
      #expect(result.status == 0, "\(result.errors)")
      let used = try #require(try firstRun(result.output)["blasCore"] as? String)
      #expect((used == "Prescott") == (core == "Prescott"), "\(used)")
    }
  #endif

  @Test func printsOneJSONDocumentOnly() throws {
    let project = try TinyProject()
    let result = try Command("run", project.file, "--json").run()
    #expect(result.status == 0)
    let document = try firstRun(result.output)
    #expect(document["isPublished"] as? Bool == true)
    #expect((document["products"] as? [Any])?.count == 1)
  }

  @Test(arguments: [false, true])
  func aGateThatCannotHoldRefusesTheProduct(asJSON: Bool) throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.validate =
          "{corpus: heldout.txt, tokens: 256, context: 32, gates: {mean_kld: {max: 0}, file_bytes: {min: 1}}}"
      })
    let before = try project.snapshot()
    var command = Command("run", project.file)
    if asJSON { command.arguments.append("--json") }
    let result = try command.run()
    #expect(result.status == 3)
    #expect(result.errors.contains("not published: \(project.path("out/tiny.gguf"))"))
    #expect(try project.snapshot(journals: false) == before)
    if asJSON {
      #expect(try firstRun(result.output)["isPublished"] as? Bool == false)
      return
    }
    #expect(result.output.contains("REFUSED \(project.path("out/tiny.gguf"))"))
    let lines = result.output.split(separator: "\n").map(String.init)
    let head = try #require(lines.first { $0.contains("measured") && $0.contains("wanted") })
    let failed = try #require(lines.first { $0.contains("mean_kld") })
    #expect(head.contains("margin"))
    #expect(failed.contains("≤ 0") && failed.hasSuffix("FAILS"))
    #expect(try #require(lines.first { $0.contains("file_bytes") }).hasSuffix("holds"))
  }

  @Test func keepsARefusedProductUnderAnotherNameWhereAskedTo() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {mean_kld: {max: 0, confidence: 0.99}}}"
      })
    let result = try Command("run", project.file, "--keep-rejected", project.path("rejected")).run()
    #expect(result.status == 3)
    #expect(try !project.folder.contents(journals: false).contains { $0.hasPrefix("out") })
    #expect(
      try project.folder.contents().filter { $0.hasPrefix("rejected/") } == [
        "rejected/tiny.rejected.gguf", "rejected/tiny.rejected.gguf.json",
      ])
    #expect(result.output.contains("kept for study at \(project.path("rejected/tiny.rejected.gguf"))"))
    #expect(result.output.split(separator: "\n").filter { $0.contains("mean_kld") }.allSatisfy { $0.count <= 80 })
    let again = try Command(
      "eval", project.path("rejected/tiny.rejected.gguf"), "--text", project.path("heldout.txt"), "--context", "32"
    ).run()
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test func aRefusedRunLeavesTheProductOfTheRunBefore() throws {
    let project = try TinyProject()
    #expect(try Command("run", project.file).run().status == 0)
    let before = try project.snapshot()
    let result = try Command("run", project.file, "--set", "validate.gates.max_kld.max=0").run()
    #expect(result.status == 3, "\(result.errors)")
    #expect(try project.snapshot() == before)
  }

  @Test(arguments: [
    (SIGINT, Int32(130), "gguf: out/tiny.gguf"), (SIGTERM, 143, "gguf: out/tiny.gguf"),
    (SIGHUP, 129, "gguf: out/tiny.gguf"), (SIGINT, 130, "safetensors: out/tiny"),
  ])
  func aSignalLeavesNothingBehind(signal: Int32, status: Int32, product: String) throws {
    let pipeline = TinyPipeline {
      $0.calibrate = "{corpus: long.txt, tokens: 262144, context: 128}"
      $0.emit = "[{\(product)}]"
    }
    let project = try TinyProject(.wide, pipeline)
    try project.folder.write("long.txt", TinyText.words(count: 120_000, seed: 3))
    let before = try project.snapshot()
    // Where the tests themselves were started with nohup, a hangup is to be heard all the same.
    let running = try Running(
      Command("--default-signal=HUP", Command.executable, "run", project.file, "--jobs", "1"),
      executable: "/usr/bin/env")
    while running.isRunning, try !project.folder.contents().contains(where: { $0.hasSuffix("planish-tmp") }) {
      Thread.sleep(forTimeInterval: 0.005)
    }
    running.send(signal)
    let result = try running.wait()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains("nothing was published"))
    // The journal lets the same command go on.
    let left = try project.snapshot().filter { name, _ in name != "out" && !name.hasPrefix("out/.planish") }
    #expect(left == before)
  }

  /// Waits until a run has begun to write something.
  private func wait(for running: Running, toBegin product: String, in project: TinyProject) throws {
    while running.isRunning, try !project.folder.contents().contains("out/.\(product).planish-tmp") {
      Thread.sleep(forTimeInterval: 0.005)
    }
    #expect(running.isRunning)
  }

  /// As `nohup` starts it.
  @Test func aHangupThatIsIgnoredStaysIgnored() throws {
    let project = try TinyProject(.wide)
    let script = "trap '' HUP; exec '\(Command.executable)' run p.yaml --jobs 1"
    let running = try Running(Command("-c", script, in: project.folder.url.path), executable: "/bin/sh")
    try wait(for: running, toBegin: "tiny.gguf", in: project)
    running.send(SIGHUP)
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: project.path("out/tiny.gguf")))
  }

  private static let slowVariant = """
    variants:
      slow: {quantize: {solver: {gptq: {sweeps: 100}}}, emit: [{gguf: out/slow.gguf}]}

    """

  @Test func anInterruptTellsWhatWasPublished() throws {
    let project = try TinyProject(.wide)
    try project.folder.write("p.yaml", TinyPipeline { $0.quantize = "{type: q4_0}" }.yaml + Self.slowVariant)
    let running = try Running(Command("run", project.file, "--jobs", "1"))
    try wait(for: running, toBegin: "slow.gguf", in: project)
    running.send(SIGINT)
    let result = try running.wait()
    #expect(result.status == 130, "\(result.errors)")
    #expect(
      result.errors.contains("stopped; published before that: \(project.path("out/tiny.gguf"))"), "\(result.errors)")
    let made = try project.folder.contents(journals: false).filter { $0.hasPrefix("out/") }
    #expect(made == ["out/tiny.gguf", "out/tiny.gguf.manifest.json"])
  }

  /// The second pipeline fails when it runs: somebody else is writing its product.
  @Test(arguments: [true, false])
  func whatWasPublishedIsToldWhenALaterPipelineFails(asJSON: Bool) throws {
    let project = try TinyProject()
    let variants = "variants:\n  eight: {quantize: {type: q8_0}, emit: [{gguf: out/eight.gguf}]}\n"
    try project.folder.write("p.yaml", TinyPipeline().yaml + variants)
    let other = try project.folder.write("out/.eight.gguf.planish-tmp", "x")
    let descriptor = open(other, O_RDWR)
    defer { close(descriptor) }
    try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    var command = Command("run", project.file)
    if asJSON { command.arguments.append("--json") }
    let result = try command.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("another run is writing it now"), "\(result.errors)")
    #expect(result.errors.contains("planish: published before that: \(project.path("out/tiny.gguf"))"))
    guard asJSON else {
      #expect(result.output.contains("published \(project.path("out/tiny.gguf"))"))
      return
    }
    let told = try #require(try answer(result.output)["runs"] as? [[String: Any]])
    #expect(told.map { $0["isPublished"] as? Bool } == [true])
  }

  @Test func refusedProductsOfOneNameAreAllKept() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.emit = "[{gguf: a/q.gguf}, {gguf: {path: b/q.gguf, type: q8_0}}, {safetensors: c/q}, {safetensors: d/q}]"
        $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {mean_kld: {max: 0}}}"
      })
    let result = try Command("run", project.file, "--json", "--keep-rejected", project.path("R")).run()
    #expect(result.status == 3, "\(result.errors)")
    let products = try #require(try firstRun(result.output)["products"] as? [[String: Any]])
    let names = ["q.rejected.gguf", "q-2.rejected.gguf", "q.rejected", "q-2.rejected"]
    #expect(products.map { $0["keptAt"] as? String } == names.map { project.path("R/\($0)") })
    #expect(products.map { $0["path"] as? String } == ["a/q.gguf", "b/q.gguf", "c/q", "d/q"].map(project.path))
    for (name, product) in zip(names, products) {
      #expect(FileManager.default.fileExists(atPath: project.path("R/\(name).json")))
      guard name.hasSuffix("gguf") else { continue }
      let size = try FileManager.default.attributesOfItem(atPath: project.path("R/\(name)"))[.size] as? Int
      #expect(size == product["bytes"] as? Int, "\(name)")
    }
  }

  /// Whatever reads the folder of the report must not find there that something is published.
  @Test func aRefusedRunTakesTheEarlierManifestAway() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    #expect(try Command("run", project.file).run().status == 0)
    // As a run of several pipelines leaves it.
    try project.folder.write("report/overview.json", #"[{"isPublished": true}]"#)
    let product = try Data(contentsOf: URL(filePath: project.path("out/tiny.gguf")))
    let date = Date(timeIntervalSince1970: 1_000_000_000)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: project.path("out/tiny.gguf"))
    let result = try Command("run", project.file, "--set", "validate.gates.max_kld.max=0").run()
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.output.contains("an older product, of 2001-09-09T01:46:40Z, still stands there"), "\(result.output)")
    #expect(try Data(contentsOf: URL(filePath: project.path("out/tiny.gguf"))) == product)
    let files = try project.folder.contents().filter { $0.hasPrefix("report/") }
    #expect(files == ["junit.xml", "report.html", "report.json", "summary.md"].map { "report/\($0)" })
    let told = try answer(Command("compare", project.path("report"), project.path("report"), "--json").run().output)
    #expect((told["first"] as? [String: Any])?["isPublished"] as? Bool == false)
    let report = try object(String(contentsOfFile: project.path("report/report.json"), encoding: .utf8))
    let products = try #require(report["products"] as? [[String: Any]])
    #expect(products.map { $0["earlierProduct"] as? String } == ["2001-09-09T01:46:40Z"])
    #expect(try Command("run", project.file).run().status == 0)
    #expect(FileManager.default.fileExists(atPath: project.path("report/manifest.json")))
  }

  /// A folder that may not be written is found by `plan`; root may write everywhere.
  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"), arguments: ["plan", "run"])
  func aFolderThatMayNotBeWritten(command: String) throws {
    let project = try TinyProject()
    try FileManager.default.createDirectory(atPath: project.path("out"), withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: project.path("out"))
    let result = try Command(command, project.file).run()
    #expect(result.status == 2 && result.errors.contains("cannot be written: Permission denied"), "\(result.errors)")
  }

  /// Weights are mapped: where another program truncates their file, the kernel can only raise a signal.
  @Test func aModelThatIsCutShortDuringTheRunIsNoCrash() throws {
    let pipeline = TinyPipeline { $0.calibrate = "{corpus: long.txt, tokens: 262144, context: 128}" }
    let project = try TinyProject(.wide, pipeline)
    try project.folder.write("long.txt", TinyText.words(count: 120_000, seed: 3))
    let running = try Running(Command("run", project.file, "--jobs", "1"))
    while running.isRunning, try !project.folder.contents().contains(where: { $0.hasSuffix("planish-tmp") }) {
      Thread.sleep(forTimeInterval: 0.005)
    }
    try #require(truncate(project.path("model/model.safetensors"), 4096) == 0)
    let result = try running.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("was cut short by another program"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: project.path("out/tiny.gguf")))
  }

  @Test func aPipeIsNotReplaced() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.emit = "[{gguf: pipe}]" })
    try #require(mkfifo(project.path("pipe"), 0o600) == 0)
    let before = try project.folder.contents()
    let result = try Command("run", project.file).run()
    #expect(result.status == 2)
    #expect(result.errors.contains("/pipe: found something that is no regular file"), "\(result.errors)")
    #expect(try project.folder.contents() == before)
    let type = try FileManager.default.attributesOfItem(atPath: project.path("pipe"))[.type] as? FileAttributeType
    #expect(type == .typeUnknown, "Foundation's name for a pipe")
  }

  @Test func runsOnlyTheVariantsThatAreNamed() throws {
    let project = try TinyProject()
    let variants = "variants:\n  eight: {quantize: {type: q8_0}, emit: [{gguf: out/eight.gguf}]}\n"
    try project.folder.write("p.yaml", TinyPipeline().yaml + variants)
    #expect(try Command("run", project.file, "--variant", "eight").run().status == 0)
    #expect(!FileManager.default.fileExists(atPath: project.path("out/tiny.gguf")))
    #expect(FileManager.default.fileExists(atPath: project.path("out/eight.gguf")))
    let wrong = try Command("run", project.file, "--variant", "nine").run()
    #expect(wrong.status == 2)
    #expect(wrong.errors.contains("--variant nine") && wrong.errors.contains("eight"), "\(wrong.errors)")
  }
}
