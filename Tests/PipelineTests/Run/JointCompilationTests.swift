import Foundation
import Pipeline
import Spec
import Synchronization
import Tensors
import TestSupport
import Testing

/// What several pipelines hold is compiled together, and each has the bytes that it would have alone.
@Suite struct JointCompilationTests {
  private let workers = Workers(count: 2)

  /// A file with variants; `%` stands for the folder of the project.
  private func project(
    _ variants: String, calibrate: String? = nil, model: TinyModel = TinyModel()
  ) throws -> TinyProject {
    let project = try TinyProject(
      model,
      TinyPipeline {
        if let calibrate { $0.calibrate = calibrate }
        $0.validate = nil
        $0.report = "report"
      })
    let text = try String(contentsOfFile: project.file, encoding: .utf8)
    try project.folder.write("p.yaml", text + "variants:\n" + variants)
    return project
  }

  private func plans(_ project: TinyProject, within budget: Int? = nil) throws -> [Plan] {
    try SpecFile.load(path: project.file, settings: [], registries: .all).variants.map {
      try Planner.plan($0, on: workers, within: budget.map { MemoryBudget(bytes: $0) })
    }
  }

  private func texts(_ run: (@escaping RunObserver) throws -> Void) rethrows -> Int {
    let count = Mutex(0)
    try run { event in
      if case .working("text") = event { count.withLock { $0 += 1 } }
    }
    return count.withLock { $0 }
  }

  private static let three = """
      a: {quantize: {type: q4_0}, emit: [{gguf: out/a.gguf}]}
      b: {quantize: {type: q8_0}, emit: [{gguf: out/b.gguf}, {exl2: {path: out/b, bits: 5}}]}
      c: {quantize: {type: q4_0}, emit: [{safetensors: out/c}]}

    """

  @Test(arguments: ["quantized", "original"]) func theSameBytes(inputs: String) throws {
    let project = try project(
      Self.three, calibrate: "{corpus: calibration.txt, tokens: 1024, context: 32, inputs: \(inputs)}")
    let plans = try plans(project)
    for plan in plans { _ = try Run(plan, on: workers).execute() }
    let alone = try products(project)
    try project.folder.remove("out")

    let joint = try JointCompilation.all(plans, on: workers, within: nil)
    #expect(joint.map(\.members) == [[0, 1, 2]])
    let together = try texts { observer in try joint[0].execute(.goOn, on: workers, observer: observer) }
    // Three recipes, of which two variants share one.
    #expect(together > 0)
    #expect(try JournalSummary.all(in: project.path("out")).map(\.isFinished) == [true, true, true])
    let after = try texts { observer in
      for plan in plans { _ = try Run(plan, on: workers, journals: .joint, observer: observer).execute() }
    }
    #expect(after == 0)
    #expect(try products(project) == alone)
  }

  private func products(_ project: TinyProject) throws -> [String: Data?] {
    try project.snapshot().filter { name, _ in
      name.hasPrefix("out/") && !name.hasPrefix("out/.") && !name.hasSuffix(".manifest.json")
    }
  }

  /// What differs in more than its products, or is not calibrated, goes by itself.
  @Test func whatIsNotAlike() throws {
    let project = try project(
      """
        a: {quantize: {type: q4_0}, emit: [{gguf: out/a.gguf}]}
        b: {emit: [{gguf: out/b.gguf}]}
        c: {transform: [rotate], emit: [{gguf: out/c.gguf}]}
        d: {quantize: {type: f16}, emit: [{gguf: out/d.gguf}]}
        e: {name: other, report: elsewhere, emit: [{gguf: {path: out/e.gguf, type: q8_0}}]}

      """)
    let plans = try plans(project)
    #expect(try JointCompilation.all(plans, on: workers, within: nil).map(\.members) == [[0, 1, 4]])
    #expect(try JointCompilation.all([plans[0]], on: workers, within: nil).isEmpty)
    let shared = try self.project(
      Self.three, calibrate: "{corpus: calibration.txt, tokens: 1024, context: 32, share: true}")
    #expect(try JointCompilation.all(try self.plans(shared), on: workers, within: nil).isEmpty)
  }

  /// Where memory does not hold all side by side, they are run one after the other.
  @Test func memoryParts() throws {
    let types = ["q2_k", "q4_k_m", "q6_k", "q8_0"]
    let variants = types.map { "  \($0): {quantize: {type: \($0)}, emit: [{gguf: out/\($0).gguf}]}\n" }.joined()
    let project = try project(
      variants, calibrate: "{corpus: calibration.txt, tokens: 4096, context: 32}", model: .wide)
    let plans = try plans(project)
    var budget = try #require(JointCompilation.all(plans, on: workers, within: nil).first).plan.resources.peakBytes
    while try !JointCompilation.all(plans, on: workers, within: MemoryBudget(bytes: budget)).isEmpty {
      budget -= 1 << 20
    }
    // By itself each of them still fits.
    #expect(try self.plans(project, within: budget).count == 4)
  }
}
