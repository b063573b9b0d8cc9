import ArgumentParser
import Foundation
import Fuzzing

/// Gives every reader files that nobody wrote for it. `scripts/fuzz` runs it for as long as one likes; `make test` briefly.
@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Gives readers damaged files: each must answer or refuse, in a second and in little memory.",
    discussion: """
      Ends with 1 where a reader crashed, hung, or took more than it may. An input is made of the target, the seed and its \
      number alone, so that `--from NUMBER --count 1` reads it again.
      """)

  @Argument(help: "Targets; all without any.")
  var targets: [String] = []
  @Option(help: "Inputs for each target.")
  var count = 2000
  @Option(help: "The number of the first input.")
  var from = 0
  @Option(help: "What the inputs are drawn by.")
  var seed: UInt64 = 1
  @Option(help: "Where inputs go that found something.", completion: .directory)
  var keep: String?
  @Option(help: "Reads this file as the input of the one target, and shows what comes of it.", completion: .file())
  var input: String?
  @Flag(help: "Lists the targets.")
  var list = false
  @Option(help: .hidden)
  var progress: String?

  func validate() throws {
    for name in targets where FuzzTarget.named(name) == nil {
      throw ValidationError("\(name): no such target; known: \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    guard count >= 1, from >= 0 else {
      throw ValidationError("--count and --from: expected numbers that are not negative")
    }
    guard input == nil || targets.count == 1 else { throw ValidationError("--input: expected one target with it") }
  }

  func run() throws {
    if list { return print(FuzzTarget.all.map(\.name).joined(separator: "\n")) }
    let chosen = targets.isEmpty ? FuzzTarget.all : targets.compactMap { FuzzTarget.named($0) }
    if let input {
      let bytes = Array(try Data(contentsOf: URL(filePath: input)))
      do { try FuzzRun(chosen[0], seed: seed).read(bytes) } catch { return print("refused: \(error)") }
      return print("answered")
    }
    if let progress { return try work(chosen[0], progress) }
    var found = false
    for target in chosen { found = try watch(target) || found }
    if found { throw ExitCode(1) }
  }

  // MARK: - The process that reads

  private func work(_ target: FuzzTarget, _ progress: String) throws {
    FuzzMeter.setUp()
    // A reader that never ends is ended by the kernel: seconds of computing, for a machine may be busy.
    let descriptor = open(progress, O_RDWR)
    guard descriptor >= 0, let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != MAP_FAILED
    else { throw CocoaError(.fileReadUnknown) }
    let number = memory.assumingMemoryBound(to: Int.self)
    let run = try FuzzRun(target, seed: seed)
    let result = run.run(from..<from + count) { current in
      number.pointee = current
      var limit = itimerval()
      limit.it_value.tv_sec = 20
      setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
    }
    print(result.answered, result.refused, result.slowest, result.largest)
    for finding in result.findings { print(finding.number, finding.what) }
  }

  // MARK: - The process that watches

  /// Runs a target in a process of its own, and another one after each crash.
  ///
  /// - Returns: whether anything was found.
  private func watch(_ target: FuzzTarget) throws -> Bool {
    let clock = ContinuousClock()
    let start = clock.now
    var total = FuzzRun.Result()
    var next = from
    let end = from + count
    while next < end, total.findings.count < 20 {
      let (result, crash) = try part(target, from: next, count: min(100_000, end - next))
      if let result {
        total.answered += result.answered
        total.refused += result.refused
        total.slowest = max(total.slowest, result.slowest)
        total.largest = max(total.largest, result.largest)
        total.findings += result.findings
        next += min(100_000, end - next)
      }
      if let crash {
        total.findings.append(crash)
        next = crash.number + 1
      }
    }
    let seconds = Double((clock.now - start).components.seconds)
    print(
      "\(target.name): \(next - from) inputs in \(Int(seconds)) s, \(total.answered) answered, \(total.refused) refused; "
        + String(format: "slowest %.3f s, largest %.1f MiB", total.slowest, Double(total.largest) / 1048576)
        + "; \(total.findings.count) findings")
    let run = try FuzzRun(target, seed: seed)
    for finding in total.findings {
      var place = ""
      if let keep {
        place = "\(keep)/\(target.name)-\(seed)-\(finding.number)"
        try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        try Data(run.input(finding.number)).write(to: URL(filePath: place))
      }
      print("  input \(finding.number): \(finding.what) \(place)")
    }
    fflush(nil)
    return !total.findings.isEmpty
  }

  private func part(_ target: FuzzTarget, from: Int, count: Int) throws -> (FuzzRun.Result?, FuzzRun.Finding?) {
    let folder = try FuzzFolder()
    let (progress, output) = ("\(folder.path)/progress", "\(folder.path)/output")
    try Data(count: 8).write(to: URL(filePath: progress))
    try Data().write(to: URL(filePath: output))
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      target.name, "--from", "\(from)", "--count", "\(count)", "--seed", "\(seed)", "--progress", progress,
    ]
    // A crash shall be known at once, and not drawn.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: progress)))
    let number = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let what =
        process.terminationReason == .exit
        ? "ended with \(process.terminationStatus)" : "signal \(process.terminationStatus)"
      return (nil, .init(number: max(from, number), what: what))
    }
    return (try Self.result(String(decoding: Data(contentsOf: URL(filePath: output)), as: UTF8.self)), nil)
  }

  private static func result(_ text: String) throws -> FuzzRun.Result {
    var lines = text.split(separator: "\n")[...]
    let figures = (lines.popFirst() ?? "").split(separator: " ")
    guard figures.count == 4, let answered = Int(figures[0]), let refused = Int(figures[1]),
      let slowest = Double(figures[2]), let largest = Int(figures[3])
    else { throw CocoaError(.coderReadCorrupt) }
    return FuzzRun.Result(
      answered: answered, refused: refused, slowest: slowest, largest: largest,
      findings: lines.compactMap { line in
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let number = Int(parts[0]) else { return nil }
        return FuzzRun.Finding(number: number, what: String(parts[1]))
      })
  }
}
