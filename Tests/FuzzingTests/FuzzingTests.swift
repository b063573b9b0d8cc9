import Foundation
import Fuzzing
import TestSupport
import Testing

/// Every reader gets 2,000 damaged files: it answers or throws, in a second and in 64 MiB and eight times the input.
///
/// `scripts/fuzz` goes on for as long as one likes.
@Suite struct FuzzingTests {
  /// The program beside this test.
  private static let program: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: own).deletingLastPathComponent().appending(path: "fuzz").path
  }()

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = try folder.write("output", "")
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self))
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func damagedFilesDoNoHarm(_ name: String) throws {
    let (status, output) = try Self.run([name, "--count", "2000", "--seed", "2026"])
    #expect(status == 0, "\(output)")
    let counts = try #require(output.firstMatch(of: /(\d+) answered, (\d+) refused/), "\(output)")
    let (answered, refused) = (Int(counts.1) ?? 0, Int(counts.2) ?? 0)
    #expect(answered + refused == 2000)
    // Inputs that are all refused at the first byte, or all read, would try nothing.
    #expect(answered >= 20 && refused >= 20, "\(output)")
  }

  @Test func theSameNumberIsTheSameInput() throws {
    for target in FuzzTarget.all {
      let (one, other) = (try FuzzRun(target, seed: 7), try FuzzRun(target, seed: 7))
      #expect(one.input(123) == other.input(123))
      #expect((0..<20).contains { one.input($0) != one.input($0 + 1) })
    }
  }
}
