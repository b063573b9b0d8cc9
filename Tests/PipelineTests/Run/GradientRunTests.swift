import Calibration
import Foundation
import LinearAlgebra
import Models
import Pipeline
import TestSupport
import Tensors
import Testing

/// Matrices that are solved for what the model predicts.
struct GradientRunTests {
  private let workers = Workers(count: 2)

  private func project(_ change: (inout TinyPipeline) -> Void = { _ in }) throws -> TinyProject {
    try TinyProject(.wide, TinyPipeline(change))
  }

  private static let gradients = "calibrate.gradients.tokens=512"

  /// What one matrix reads and its gradients, token by token.
  private struct Seen {
    var x: [[Float]] = []
    var g: [[Float]] = []
  }

  private static func rows(_ matrix: borrowing Matrix) -> [[Float]] {
    (0..<matrix.rows).map { matrix.copy(rows: $0..<$0 + 1).array() }
  }

  /// The way forward and back of each sequence by itself, and sums in double precision.
  @Test func sumsAreThoseOfEachSequenceByItself() throws {
    let project = try project()
    let plan = try project.plan([Self.gradients])
    let gradients = try #require(try BackwardPass.run(plan, on: workers) { _ in })
    let text = try #require(plan.calibration)
    let sample = TextSample(text, tokens: 512)
    #expect(text.count == 32 && sample.sequences.count == 16)
    let model = plan.model
    let blocks = try (0..<model.shape.layers).map { try model.block($0) }
    let decoder = Decoder(model, sequenceLength: text.length, on: workers)
    let norm = try model.matrix(.outputNorm)
    let output = try model.matrix(.output)
    let draw = PredictionDraw(seed: 0)
    var seen: [BlockWeights.Key: Seen] = [:]
    var head = Seen()
    for (place, index) in sample.indices.enumerated() {
      let sequences = SequenceRows(lengths: [text.length])
      var hidden = decoder.embed(Array(sample.sequences[place]), try model.input(), sequences)
      var inputs: [SharedMatrix] = []
      for block in blocks {
        inputs.append(SharedMatrix(hidden.copy()))
        decoder.run(block, &hidden, sequences)
      }
      var gradient = decoder.backwardHead(
        hidden, norm: norm, output,
        slope: { draw.gradient(of: $0, at: (0..<text.length).map { (index, $0) }, on: workers) },
        observe: { _, _, x, g, _ in
          head.x += Self.rows(x)
          head.g += Self.rows(g)
        })
      for block in blocks.reversed() {
        gradient = decoder.backward(
          block, inputs[block.layer].matrix.copy(), sequences, gradient: gradient
        ) { role, _, x, g, _ in
          guard block.layer == 1 else { return }
          seen[BlockWeights.Key(role), default: Seen()].x += Self.rows(x)
          seen[BlockWeights.Key(role), default: Seen()].g += Self.rows(g)
        }
      }
    }
    let losses = gradients.losses(of: blocks[1], Set(seen.keys))
    #expect(losses.count == 7)
    for (key, seen) in seen { try expect(try #require(losses[key]), seen, sample, "\(key.role)") }
    try expect(try #require(gradients.output), head, sample, "output")
  }

  private func expect(_ loss: MatrixLoss, _ seen: Seen, _ sample: TextSample, _ name: String) throws {
    func square(_ row: [Float]) -> Double { row.reduce(0) { $0 + Double($1) * Double($1) } }
    let (inputs, gradients) = (seen.x.map(square), seen.g.map(square))
    let all = gradients.reduce(0, +)
    let weights = (0..<1024).map { token in
      sample.place(ofToken: token).map { gradients[$0] / all * 512 } ?? 1
    }
    #expect(relativeDistance((0..<1024).map { loss.weights[$0] }, weights) < 1e-4, "\(name)")
    let factor = all / zip(inputs, gradients).reduce(0) { $0 + $1.0 * $1.1 } / 512
    let rows = loss.outputs.diagonal.count
    let diagonal = (0..<rows).map { row in
      zip(inputs, seen.g).reduce(0.0) { $0 + factor * $1.0 * Double($1.1[row]) * Double($1.1[row]) }
    }
    #expect(relativeDistance(loss.outputs.diagonal, diagonal) < 1e-4, "\(name)")
    guard let block = loss.outputs.blocks.first else { return }
    #expect(block.rows == 0..<rows)
    let some = (0..<rows).map { (7 * $0 + 3) % rows }
    let expected = some.indices.map { row in
      zip(inputs, seen.g).reduce(0.0) { $0 + factor * $1.0 * Double($1.1[row]) * Double($1.1[some[row]]) }
    }
    #expect(relativeDistance(some.indices.map { block.matrix.matrix[$0, some[$0]] }, expected) < 1e-4, "\(name)")
  }

  /// Beside what a tensor's error is foretold to cost, nothing is other than without gradients.
  @Test func lossOfTheLayerKeepsTheBytes() throws {
    let project = try project()
    let without = try project.run()
    let bytes = try weights(project)
    let with = try project.run([Self.gradients, "quantize.solver.gptq.loss=layer"])
    #expect(try weights(project) == bytes)
    #expect(without.ledger.entries.allSatisfy { $0.foretold == nil } && without.ledger.foretold == nil)
    for entry in with.ledger.entries { #expect((entry.foretold != nil) == (entry.solver != nil), "\(entry.tensor)") }
    #expect(with.ledger.entries.compactMap(\.foretold).allSatisfy { $0 > 0 && $0.isFinite })
    #expect(try project.run([Self.gradients]).isPublished)
    #expect(try weights(project) != bytes)
  }

  private func weights(_ project: TinyProject) throws -> [[Float]] {
    let model = try project.model("out/tiny.gguf")
    return try model.weights.map { try model.matrix($0).array() }
  }

  /// What is lowered is what is foretold: each matrix costs less than when it is solved for its layer.
  @Test func lossOfTheModelLowersWhatIsForetold() throws {
    let project = try project { $0.quantize = "{type: q4_0, solver: {gptq: {asymmetry: 0}}}" }
    let layer = try project.run([Self.gradients, "quantize.solver.gptq.loss=layer"]).ledger
    let model = try project.run([Self.gradients]).ledger
    #expect(try #require(model.foretold) < (try #require(layer.foretold)))
  }

  /// The order of magnitude of what is foretold is that of what is measured.
  @Test(arguments: ["q4_0", "q8_0"])
  func whatIsForetoldIsNearWhatIsMeasured(type: String) throws {
    let project = try project { $0.quantize = "{type: \(type)}" }
    let outcome = try project.run(["calibrate.gradients.tokens=1024"])
    let measured = value(try #require(outcome.products[0].measurements), .meanKLD)
    let foretold = try #require(outcome.ledger.foretold)
    #expect(foretold > measured / 4 && foretold < measured * 4, "\(foretold), measured \(measured)")
  }

  @Test func digestsTellGradientsApart() throws {
    let project = try project()
    let settings = [[], [Self.gradients], ["calibrate.gradients.tokens=256"], [Self.gradients, "calibrate.seed=5"]]
    let digests = try settings.map { try #require(try project.run($0).products[0].recipeDigest) }
    #expect(Set(digests).count == digests.count)
  }

  @Test func tiedTablesAreSolvedToo() throws {
    let project = try TinyProject(
      TinyModel { $0.tiesOutput = true }, TinyPipeline { $0.quantize = "{type: q4_0}" })
    let outcome = try project.run([Self.gradients])
    let table = try #require(outcome.ledger.entries.first { $0.tensor == "token_embd.weight" })
    #expect(try #require(table.foretold) > 0)
  }

  @Test(arguments: ["gptq", "hqq", "rtn"])
  func everySolverTakesThem(solver: String) throws {
    let project = try project {
      $0.quantize = "{type: int4_g32_asym, solver: \(solver)}"
      $0.emit = "[{safetensors: out/tiny}]"
    }
    #expect(try project.run([Self.gradients]).isPublished)
  }

  @Test func whatCannotBeIsRefused() throws {
    try project { $0.quantize = "{type: q4_0, solver: {gptq: {loss: fisher}}}" }
      .expectRefusal(saying: ["loss: fisher", "calibrate.gradients"])
    try project {
      $0.calibrate =
        "{corpus: calibration.txt, tokens: 1024, context: 32, inputs: original, gradients: {tokens: 512}}"
      $0.model = "{path: model}\ntransform: [awq]"
    }.expectRefusal(saying: ["calibrate.gradients", "awq", "inputs: quantized"])
    try project {
      $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, gradients: {tokens: 0}}"
    }.expectRefusal(saying: ["found 0", "from 1"])
  }
}
