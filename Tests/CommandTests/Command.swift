import Foundation
import TestSupport
import Testing

/// Runs the program as a shell would.
struct Command: Sendable {
  /// What a process said and how it ended.
  struct Result: Sendable {
    /// The exit status, or nil where a signal ended the process: a crash.
    let status: Int32?
    let output: String
    let errors: String
  }

  var arguments: [String]
  var folder: String?
  /// What differs from the environment of the tests; nil takes a variable away.
  var environment: [String: String?] = [:]

  init(_ arguments: String..., in folder: String? = nil) {
    self.arguments = arguments
    self.folder = folder
  }

  /// The program beside this test, built in the same mode.
  static let executable: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let beside = URL(filePath: own).deletingLastPathComponent().appending(path: "planish").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    return SharedMaterial.packageRoot.appending(path: ".build/release/planish").path
  }()

  /// Runs to the end.
  func run() throws -> Result {
    try Running(self).wait()
  }
}

/// A process that was started. Its output goes to files, so that it can never wait for a reader.
final class Running {
  private let process = Process()
  private let streams: TemporaryFolder

  init(_ command: Command, executable: String = Command.executable) throws {
    streams = try TemporaryFolder()
    try streams.write("output", "")
    try streams.write("errors", "")
    process.executableURL = URL(filePath: executable)
    process.arguments = command.arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      command.environment.compactMapValues(\.self)
    ) { $1 }.filter { command.environment[$0.key] != .some(nil) }
    if let folder = command.folder { process.currentDirectoryURL = URL(filePath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: streams.path("output")))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: streams.path("errors")))
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// Sends a signal, unless the process has ended: its number may be another one's by then.
  func send(_ signal: Int32) {
    guard process.isRunning else { return }
    kill(process.processIdentifier, signal)
  }

  func wait() throws -> Command.Result {
    process.waitUntilExit()
    return Command.Result(
      status: process.terminationReason == .exit ? process.terminationStatus : nil,
      output: try String(contentsOfFile: streams.path("output"), encoding: .utf8),
      errors: try String(contentsOfFile: streams.path("errors"), encoding: .utf8))
  }
}

/// What a command answered with `--json`.
func answer(_ text: String) throws -> [String: Any] {
  try #require(try object(text)["result"] as? [String: Any], "\(text)")
}

/// The first run of what `run` or `quantize` answered with `--json`.
func firstRun(_ text: String) throws -> [String: Any] {
  try #require((try answer(text)["runs"] as? [[String: Any]])?.first, "\(text)")
}

/// The keys of a JSON object.
func object(_ text: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}
