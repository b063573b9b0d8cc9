import Checkpoints
import Foundation
import LinearAlgebra
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
      // Where the solver aims elsewhere, it comes nearer to that than rounding comes to the weights, and what it leaves of them
      // has no such bound.
      let reached = entry.targetError ?? error
      #expect(
        error > 0 && error < 0.2 && reached <= rounding * 1.001, "\(entry.tensor): \(reached), rounding \(rounding)")
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

  /// Each bit more halves the step, so that divergence, which goes with its square, falls to about a quarter.
  @Test(arguments: [UInt64(1), 2, 3])
  func aBitMoreDivergesAQuarterAsMuch(seed: UInt64) throws {
    let project = try TinyProject(TinyModel { $0.seed = seed }, TinyPipeline { $0.emit = "[{safetensors: out/tiny}]" })
    let divergences = try [3, 4, 6, 8].map { bits in
      let outcome = try project.run(["quantize.type=int\(bits)_g32_bias"])
      return (bits: bits, value: value(try #require(outcome.products.first?.measurements), .meanKLD))
    }
    for (fewer, more) in zip(divergences, divergences.dropFirst()) {
      let bits = Double(more.bits - fewer.bits)
      let perBit = pow(fewer.value / more.value, 1 / bits)
      #expect(2.5 < perBit && perBit < 7, "\(divergences)")
    }
  }

  @Test func laterMatricesSeeWhatTheFileSays() throws {
    let project = try TinyProject()
    let quantized = try project.run()
    let original = try project.run(["calibrate.inputs=original"])
    func errors(_ outcome: Outcome, _ names: String...) -> [Double?] {
      outcome.ledger.entries.filter { entry in names.contains { entry.tensor.contains($0) } }.map(\.error)
    }
    let first = ["q", "k", "v"].map { "blk.0.attn_\($0).weight" }
    for name in first {
      #expect(errors(quantized, name) == errors(original, name), "these read the embeddings in both")
    }
    for entry in quantized.ledger.entries where entry.tensor.hasPrefix("blk.") && !first.contains(entry.tensor) {
      guard entry.solver != nil else { continue }
      #expect(errors(quantized, entry.tensor) != errors(original, entry.tensor), "\(entry.tensor)")
    }
    #expect(quantized.recipeDigest != original.recipeDigest)
  }

  /// How far a ratio is from one; infinite where it is no number.
  private static func distance(of ratio: Double) -> Double { ratio.isNaN ? .infinity : abs(ratio - 1) }

  /// The calibration text is run through the file that was written: every matrix of a block left the error that the ledger says
  /// on what it reads there, against its weights and against what the solver aimed at, and all that comes before it is as it
  /// is in the file.
  @Test(arguments: [Float(0), 1])
  func theErrorsOfTheLedgerAreThoseOnWhatTheFileReads(asymmetry: Float) throws {
    let project = try TinyProject()
    let settings = ["quantize.solver.gptq.asymmetry=\(asymmetry)"]
    let outcome = try project.run(settings)
    let (original, product) = (try project.model("model"), try project.model("out/tiny.gguf"))
    let sequences = try #require(try project.plan(settings).calibration)
    let workers = Workers(count: 2)
    let decoder = Decoder(product, sequenceLength: sequences.length, on: workers)
    var hidden = decoder.embed(sequences.tokens, try original.input())
    var originalHidden = hidden.copy()
    var worst = 0.0
    var followed = 0
    for layer in 0..<product.shape.layers {
      let (was, block) = (try original.block(layer), try product.block(layer))
      var originals: [Site: SharedMatrix] = [:]
      decoder.run(was, &originalHidden) { site, inputs in originals[site] = SharedMatrix(inputs.copy()) }
      decoder.run(block, &hidden) { site, inputs in
        guard let read = originals[site] else { return }
        for spec in product.specs(layer: layer) where spec.site == site {
          let entry = outcome.ledger.entries.first { $0.tensor == spec.ggufName }
          let target = wanted(
            was[spec].matrix, inputs, originally: read.matrix, asymmetry: asymmetry, damping: entry?.dampingUsed ?? .nan
          )
          worst = max(
            worst,
            Self.distance(
              of: error(of: block[spec].matrix, from: was[spec].matrix, inputs, workers) / (entry?.error ?? .nan)))
          guard let targetError = entry?.targetError else { continue }
          followed += 1
          worst = max(
            worst, Self.distance(of: error(of: block[spec].matrix, from: target, inputs, workers) / targetError))
        }
      }
    }
    #expect(worst < 2e-3, "\(worst)")
    // All but the three matrices that read the embeddings, which are the same in both.
    let solved = outcome.ledger.entries.count { $0.tensor.hasPrefix("blk.") && $0.solver != nil }
    #expect(followed == (asymmetry > 0 ? solved - 3 : 0))
  }

  /// ‖x Qᵀ − x Wᵀ‖² / ‖x Wᵀ‖²
  private func error(
    of product: borrowing Matrix, from weights: borrowing Matrix, _ inputs: borrowing Matrix, _ workers: Workers
  ) -> Double {
    let outputs = linear(inputs, weights, on: workers).array()
    let change = zip(linear(inputs, product, on: workers).array(), outputs).map { Double($0 - $1) }
    return change.reduce(0) { $0 + $1 * $1 } / outputs.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// W + a W D (H + λ)⁻¹ with the drift D = Σ (x₀ − x) xᵀ and H = Σ x xᵀ, by elimination.
  private func wanted(
    _ weights: borrowing Matrix, _ x: borrowing Matrix, originally x0: borrowing Matrix, asymmetry: Float,
    damping: Float
  ) -> Matrix {
    let n = x.columns
    var (h, d) = ([[Double]](repeating: [Double](repeating: 0, count: n), count: n), [[Double]]())
    d = h
    for token in 0..<x.rows {
      for i in 0..<n {
        for j in 0..<n {
          h[i][j] += Double(x[token, i]) * Double(x[token, j])
          d[i][j] += Double(x0[token, i] - x[token, i]) * Double(x[token, j])
        }
      }
    }
    let added = Double(damping) * (0..<n).reduce(0) { $0 + h[$1][$1] } / Double(n)
    for i in 0..<n { h[i][i] += added }
    // H is symmetric: a row of W D (H + λ)⁻¹ solves a system with H for the same row of W D.
    var rows = (0..<weights.rows).map { row in
      (0..<n).map { j in (0..<n).reduce(0) { $0 + Double(weights[row, $1]) * d[$1][j] } }
    }
    for pivot in 0..<n {
      for i in pivot + 1..<max(n, pivot + 1) {
        let factor = h[i][pivot] / h[pivot][pivot]
        for j in pivot..<n { h[i][j] -= factor * h[pivot][j] }
        for row in rows.indices { rows[row][i] -= factor * rows[row][pivot] }
      }
    }
    for i in (0..<n).reversed() {
      for row in rows.indices {
        let rest = (i + 1..<max(n, i + 1)).reduce(0) { $0 + h[i][$1] * rows[row][$1] }
        rows[row][i] = (rows[row][i] - rest) / h[i][i]
      }
    }
    return Matrix(rows: weights.rows, columns: n) { weights[$0, $1] + asymmetry * Float(rows[$0][$1]) }
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
    let files = ["[{gguf: a.gguf}]", "[{gguf: a.gguf}, {exl2: {path: b, bits: 5}}]"]
    for (emit, settings) in zip(files + files, [[], [], ["calibrate.gradients.tokens=64"], []]) {
      let project = try TinyProject(TinyModel(), TinyPipeline { $0.emit = emit })
      let seen = Seen()
      _ = try Run(try project.plan(settings), on: Workers(count: 1)) { seen.note($0) }.execute()
      let left = Stage.allCases.filter { stage in
        (stage != .allot || emit.contains("bits")) && (stage != .gradients || !settings.isEmpty)
      }
      #expect(seen.stages == left)
      #expect(seen.isMonotonic)
    }
  }
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
      case .warning, .note, .skipped, .working: break
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
