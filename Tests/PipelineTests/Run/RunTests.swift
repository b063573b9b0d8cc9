import Checkpoints
import Foundation
import Models
import Pipeline
import Tensors
import TestSupport
import Testing
import Validation

@Suite struct RunTests {
  @Test func theProductHoldsWhatTheLedgerSays() throws {
    let project = try TinyProject(.wide, TinyPipeline { $0.quantize = "{type: q4_k_m}" })
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let file = try GGUFFile(path: project.path("out/tiny.gguf"))
    #expect(file.tensors.all.count == outcome.ledger.entries.count)
    for entry in outcome.ledger.entries {
      let stored = try file.tensor(entry.tensor)
      #expect(stored.storage.name == entry.typeUsed && stored.byteCount == entry.bytes)
      #expect(stored.rows == entry.rows && stored.columns == entry.columns)
      guard entry.solver != nil else { continue }
      #expect(entry.solver == "gptq" && entry.dampingAsked == 0.01)
      #expect(try #require(entry.dampingUsed) >= 0.01)
      let (error, rounding) = (try #require(entry.error), try #require(entry.roundingError))
      #expect(error > 0 && error < 0.2 && error <= rounding * 1.001, "\(entry.tensor): \(error), rounding \(rounding)")
      #expect(entry.tokens == (entry.tensor == "token_embd.weight" ? 0 : 1024))
    }
    #expect(outcome.ledger.fallbacks == 0)
    #expect(outcome.products[0].bytes == (try project.bytes("out/tiny.gguf")).count)
  }

  /// Without calibration every column counts alike, so the errors of the ledger can be had from the two files.
  @Test func theErrorsOfTheLedgerAreThoseOfTheFile() throws {
    let pipeline = TinyPipeline {
      $0.calibrate = nil
      $0.quantize = "{type: q4_0}"
    }
    let project = try TinyProject(TinyModel(), pipeline)
    let outcome = try project.run()
    let (original, product) = (try project.model("model"), try project.model("out/tiny.gguf"))
    for entry in outcome.ledger.entries {
      let spec = try #require(original.weights.first { $0.ggufName == entry.tensor })
      let (was, stored) = (try original.matrix(spec).array(), try product.matrix(spec).array())
      guard entry.solver != nil else {
        #expect(was == stored, "\(entry.tensor) is stored as it was")
        continue
      }
      #expect(entry.solver == "rtn" && entry.tokens == 0 && entry.dampingUsed == nil)
      let change = zip(was, stored).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      let size = was.reduce(0.0) { $0 + Double($1 * $1) }
      #expect(abs(try #require(entry.error) / (change / size) - 1) < 1e-3, "\(entry.tensor)")
    }
  }

  @Test(arguments: ElementType.allCases)
  func everyKindOfFloatIsRead(_ type: ElementType) throws {
    let project = try TinyProject(
      TinyModel {
        $0.type = type
        $0.tiesOutput = type == .bfloat16
        $0.shards = type == .float16 ? 3 : 1
      }, TinyPipeline { $0.quantize = "{type: f32}" })
    try project.run()
    let (original, product) = (try project.model("model"), try project.model("out/tiny.gguf"))
    for spec in original.weights { #expect(try original.matrix(spec).array() == product.matrix(spec).array()) }
  }

  @Test(arguments: ["f32", "f16", "q8_0"])
  func fineTypesHardlyDiverge(_ type: String) throws {
    let project = try TinyProject()
    let measured = try #require(try project.run(["quantize.type=\(type)"]).products.first?.measurements)
    let limit = type == "q8_0" ? 2e-3 : 1e-5
    #expect(value(measured, .meanKLD) < limit, "\(value(measured, .meanKLD))")
    #expect(abs(value(measured, .perplexityRatio) - 1) < 20 * limit)
  }

  @Test func moreBitsDivergeLess() throws {
    let project = try TinyProject()
    let divergences = try ["q4_0", "q5_0", "q8_0"].map { type in
      value(try #require(try project.run(["quantize.type=\(type)"]).products.first?.measurements), .meanKLD)
    }
    #expect(divergences[0] > divergences[1] && divergences[1] > divergences[2], "\(divergences)")
  }

  @Test(arguments: ["q4_0", "q4_k_m"])
  func theNumberOfWorkersChangesNoByte(_ type: String) throws {
    let project = try TinyProject(.wide)
    let products = try (1...3).map { workers in
      try project.run(["quantize.type=\(type)"], workers: workers)
      return try project.bytes("out/tiny.gguf")
    }
    #expect(products[0] == products[1] && products[0] == products[2])
  }

  @Test func laterBlocksSeeWhatTheFileSays() throws {
    let project = try TinyProject()
    let quantized = try project.run()
    let original = try project.run(["calibrate.inputs=original"])
    func errors(_ outcome: Outcome, _ prefix: String) -> [Double?] {
      outcome.ledger.entries.filter { $0.tensor.hasPrefix(prefix) }.map(\.error)
    }
    #expect(errors(quantized, "blk.0.") == errors(original, "blk.0."), "the first block reads the embeddings in both")
    #expect(errors(quantized, "blk.1.") != errors(original, "blk.1."))
    #expect(quantized.recipeDigest != original.recipeDigest)
  }

  @Test func severalProductsOfOneRun() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.emit = "[{gguf: a.gguf}, {gguf: b/c.gguf}]" })
    let outcome = try project.run()
    #expect(outcome.products.map(\.path) == [project.path("a.gguf"), project.path("b/c.gguf")])
    #expect(try project.bytes("a.gguf") == project.bytes("b/c.gguf"))
  }

  @Test func aModelCanComeFromAFileOfItsOwn() throws {
    let project = try TinyProject()
    try project.run(["quantize.type=f32"])
    let again = try project.run([
      "model.path=\(project.path("out/tiny.gguf"))", "emit[0].gguf=\(project.path("2.gguf"))",
    ])
    try project.run(["emit[0].gguf=\(project.path("1.gguf"))"])
    #expect(again.isPublished)
    let (one, two) = (try GGUFFile(path: project.path("1.gguf")), try GGUFFile(path: project.path("2.gguf")))
    for tensor in one.tensors.all {
      let same = try tensor.matrix().array() == two.matrix(tensor.name).array()
      #expect(same, "\(tensor.name)")
    }
  }

  @Test func stagesAreAnnouncedInOrder() throws {
    let project = try TinyProject()
    let seen = Seen()
    _ = try Run(try project.plan(), on: Workers(count: 1)) { seen.note($0) }.execute()
    #expect(seen.stages == Stage.allCases)
    #expect(seen.isMonotonic)
  }
}

/// A figure over all text; NaN, which holds no bound, where it is missing.
private func value(_ measurements: Measurements, _ measure: Measure) -> Double {
  measurements[measure]?.value ?? .nan
}

/// What a run announced. Events come one after the other, from the thread of the run or of its workers.
private final class Seen: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var stages: [Stage] = []
  private(set) var isMonotonic = true
  private var last = 0

  func note(_ event: RunEvent) {
    lock.withLock {
      switch event {
      case .began(let stage, _):
        stages.append(stage)
        last = 0
      case .advanced(_, let done, let total, _):
        if done < last || done > total { isMonotonic = false }
        last = done
      case .warning: break
      }
    }
  }
}

@Suite(.enabled(if: SharedMaterial.isPresent, "needs ../shared")) struct SharedModelTests {
  /// Rows of 172 in a model that somebody trained.
  @Test func aTrainedModelFallsBackAsPlanned() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "p.yaml",
      TinyPipeline {
        $0.model = "{path: \(SharedMaterial.path("models/stories260k"))}"
        $0.calibrate =
          "{corpus: \(SharedMaterial.path("corpora/wikicode-calibration.txt")), tokens: 4096, context: 128}"
        $0.validate = "{corpus: \(SharedMaterial.path("corpora/wikitext2-heldout.txt")), tokens: 1024, context: 128}"
        $0.quantize = "{type: q4_k_m}"
      }.yaml)
    let spec = try SpecFile.load(path: file, registries: .all).base
    let plan = try Planner.plan(spec, on: .all)
    let outcome = try Run(plan, on: .all).execute()
    #expect(outcome.ledger.fallbacks == plan.fallbacks.count && outcome.ledger.fallbacks > 0)
    #expect(outcome.ledger.entries.map(\.typeUsed) == plan.tensors.map { $0.format.name })
    #expect(value(try #require(outcome.products[0].measurements), .meanKLD) < 0.06)
  }
}
