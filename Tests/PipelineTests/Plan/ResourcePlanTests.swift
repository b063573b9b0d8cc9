import Calibration
import Foundation
import Pipeline
import TestSupport
import Tensors
import Testing

struct MemoryBudgetTests {
  @Test(
    arguments: [
      ("8GiB", 8 << 30), ("512MiB", 512 << 20), ("1.5 GiB", 3 << 29), ("6GB", 6_000_000_000), ("250 kB", 250_000),
      ("90107136B", 90_107_136), ("4.6 GB", 4_600_000_000), ("8.2GB", 8_200_000_000), ("85 MiB", 85 << 20),
      ("1.001KB", 1001),
      ("2TiB", 2 << 40),
    ])
  func amountsWithAUnitAreRead(text: String, bytes: Int) {
    #expect(MemoryBudget(text) == MemoryBudget(bytes: bytes))
  }

  @Test(arguments: [
    "", "8", "8G", "GiB", "-1GiB", "0MiB", "nanGiB", "infGiB", "8 gib", "1e300TiB", "8GiB of it", "0.5B",
  ])
  func othersAreRefused(text: String) {
    #expect(MemoryBudget(text) == nil)
  }

  @Test func amountsAreToldInUnitsThatFit() {
    #expect(MemoryBudget.text(3 << 29) == "1.50 GiB")
    #expect(MemoryBudget.text(200 << 20) == "200 MiB")
  }

  @Test func theMachineHasMemory() {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    #expect((64 << 20...physical).contains(MemoryBudget.machine.bytes))
  }
}

/// Limits of control groups, as the files of a system would hold them.
struct ControlGroupTests {
  private func limit(_ files: [String: String]) -> Int? { ControlGroups.memoryLimit { files[$0] } }

  @Test func theLeastOfTheGroupsOfThisProcessHolds() {
    let files = [
      "/proc/self/cgroup": "0::/user.slice/job.scope\n", "/sys/fs/cgroup/user.slice/job.scope/memory.max": "3000\n",
      "/sys/fs/cgroup/user.slice/memory.max": "5000\n", "/sys/fs/cgroup/other/memory.max": "10\n",
    ]
    #expect(limit(files) == 3000)
    #expect(limit(files.merging(["/sys/fs/cgroup/user.slice/memory.max": "2000\n"]) { $1 }) == 2000)
    #expect(limit(files.merging(["/sys/fs/cgroup/memory.max": "1000\n"]) { $1 }) == 1000)
    #expect(limit(files.merging(["/sys/fs/cgroup/user.slice/job.scope/memory.max": "max\n"]) { $1 }) == 5000)
  }

  @Test func bothVersionsAreRead() {
    let lines = "12:cpu,cpuacct:/a\n5:memory:/docker/7f\n1:name=systemd:/a\n0::/\n"
    let file = "memory.limit_in_bytes"
    #expect(
      limit([
        "/proc/self/cgroup": lines, "/sys/fs/cgroup/memory/docker/7f/\(file)": "700",
        "/sys/fs/cgroup/cpu/a/\(file)": "1",
      ])
        == 700)
    // In a container that sees the path of its host, the root is the container's own group.
    #expect(limit(["/proc/self/cgroup": lines, "/sys/fs/cgroup/memory/\(file)": "900\n"]) == 900)
    #expect(limit(["/proc/self/cgroup": "0::/../../job\n", "/sys/fs/cgroup/memory.max": "800"]) == 800)
    // A colon may stand in a path.
    #expect(limit(["/proc/self/cgroup": "0::/a:b\n", "/sys/fs/cgroup/a:b/memory.max": "600"]) == 600)
  }

  @Test func withoutAGroupThereIsNoLimit() {
    #expect(limit([:]) == nil)
    #expect(limit(["/sys/fs/cgroup/memory.max": "400"]) == 400)
    #expect(limit(["/proc/self/cgroup": "nonsense\n0:\n", "/sys/fs/cgroup/memory.max": "400"]) == nil)
    #expect(limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "max"]) == nil)
  }
}

/// What plans say of memory, and that runs which keep activations in a file make the same bytes.
struct ResourcePlanTests {
  /// Enough text for its activations to be what a run's peak depends on.
  private func project() throws -> TinyProject {
    try TinyProject(.wide, TinyPipeline { $0.validate = nil })
  }

  private let settings = ["calibrate.tokens=8192"]

  private func plan(_ project: TinyProject, within budget: MemoryBudget?, _ more: [String] = []) throws -> Plan {
    try Planner.plan(try project.spec(settings + more), on: Workers(count: 2), within: budget)
  }

  @Test func activationsStayInMemoryWhereTheyFit() throws {
    let resources = try plan(project(), within: MemoryBudget(bytes: 1 << 40)).resources
    #expect(resources.activations == .memory)
    // The text's stream alone, and the product of gate and up beside it.
    #expect(resources.peakBytes > 4 * 8192 * (256 + 512))
    #expect(resources.operations > 1e6)
  }

  @Test func aTighterBudgetPutsThemInAFileWithoutChangingAByte() throws {
    let project = try project()
    let wide = try plan(project, within: MemoryBudget(bytes: 1 << 40))
    _ = try Run(wide, on: Workers(count: 2)).execute()
    let bytes = try project.bytes("out/tiny.gguf")
    let tight = try plan(project, within: MemoryBudget(bytes: wide.resources.peakBytes - 1))
    #expect(tight.resources.activations == .file(folder: project.path("out")))
    #expect(tight.resources.peakBytes < wide.resources.peakBytes)
    #expect(tight.warnings.map(\.description) == wide.warnings.map(\.description))
    let outcome = try Run(tight, on: Workers(count: 2)).execute()
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    #expect(outcome.resources.activations == "file")
    #expect(outcome.resources.predictedPeakBytes == tight.resources.peakBytes)
    #expect(try project.folder.contents().filter { $0.hasPrefix("out/") }.count == 2, "the product and its manifest")
  }

  @Test func aBudgetThatNothingFitsIsRefusedWithWhatWouldFit() throws {
    let project = try project()
    let error = #expect(throws: RunError.self) { _ = try plan(project, within: MemoryBudget("32MiB")) }
    let message = try #require(error?.description)
    #expect(message.contains("found a budget of 32 MiB, expected at least "))
    let needed = try #require(message.split(separator: "at least ").last?.split(separator: ":").first)
    // Rounded to whole MiB, so one more is enough for certain.
    let amount = try #require(Int(needed.split(separator: " ")[0]))
    #expect(
      try plan(project, within: MemoryBudget(bytes: (amount + 1) << 20)).resources.peakBytes <= (amount + 1) << 20)
  }

  /// Sums of Float64 depend on their order.
  @Test func aPlanForetellsTheSameEachTime() throws {
    let project = try project()
    let resources = try (0..<8).map { _ in try plan(project, within: nil).resources }
    #expect(resources.allSatisfy { $0 == resources[0] })
  }

  @Test func asymmetryCostsMemoryAndOperations() throws {
    let project = try project()
    let both = try plan(project, within: nil).resources
    let one = try plan(project, within: nil, ["quantize.solver.gptq.asymmetry=0"]).resources
    #expect(one.peakBytes < both.peakBytes)
    #expect(one.operations < both.operations)
  }

  /// A product that wants other types is solved by itself; one that wants the same shares what was solved.
  @Test func furtherProductsCostWhatTheySolveAnew() throws {
    let project = try project()
    func operations(_ emit: String) throws -> Double {
      try plan(project, within: nil, ["emit=\(emit)"]).resources.operations
    }
    let one = try operations("[{gguf: out/a.gguf}]")
    #expect(try operations("[{gguf: out/a.gguf}, {safetensors: out/b}]") == one)
    #expect(try operations("[{gguf: out/a.gguf}, {gguf: {path: out/b.gguf, type: q8_0}}]") > one)
  }
}
