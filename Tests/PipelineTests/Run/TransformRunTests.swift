import Foundation
import Pipeline
import TestSupport
import Testing
import Validation

/// Transforms in whole runs.
struct TransformRunTests {
  private static let lists = ["[awq]", "[smoothquant]", "[rotate]", "[{rotate: {heads: false}}, {awq: {grid: 5}}]"]

  /// Channels behind norms that stand out, so that what AWQ and SmoothQuant find is far from leaving everything as it is.
  private static let outliers: [TinyDamage] = (0..<2).flatMap { layer in
    ["input_layernorm", "post_attention_layernorm"].flatMap { norm in
      [3, 17, 40].map { TinyDamage.value("model.layers.\(layer).\(norm).weight", at: $0, 12) }
    }
  }

  private func project(_ transform: String, ties: Bool = false) throws -> TinyProject {
    try TinyProject(
      TinyModel {
        $0.tiesOutput = ties
        $0.damages = Self.outliers
      },
      TinyPipeline { $0.quantize = "{solver: gptq, type: q8_0}\ntransform: \(transform)" })
  }

  /// Eight bits hardly diverge, so an edit that changed the function would be seen.
  @Test(arguments: lists, [false, true])
  func theProductIsTheSameModel(transform: String, ties: Bool) throws {
    let project = try project(transform, ties: ties)
    let outcome = try project.run()
    let divergence = value(try #require(outcome.products[0].measurements), .meanKLD)
    let plain = try self.project("[]", ties: ties).run()
    #expect(divergence < 1.5 * value(try #require(plain.products[0].measurements), .meanKLD))
    // Every site behind a norm was edited, so that the bound above is one on all of them; a rotation leaves no channel to edit for.
    for record in outcome.ledger.transforms where record.site.hasSuffix("Input") && !transform.contains("rotate") {
      #expect(record.exponent > 0)
    }
    let product = try project.model("out/tiny.gguf")
    #expect(product.shape.tiedOutput == (ties && !transform.contains("rotate")))
    let norm = try product.block(0)[.attentionNorm].matrix.array()
    let original = try project.model("model").block(0)[.attentionNorm].matrix.array()
    #expect(norm != original)
  }

  @Test func theLedgerTellsWhatWasDone() throws {
    let ledger = try project("[rotate, awq]").run().ledger
    // Two layers of four sites; the rotation has nothing to tell of single blocks.
    #expect(ledger.transforms.count == 8)
    #expect(ledger.transforms.allSatisfy { $0.transform == "awq" && $0.errorAfter <= $0.errorBefore })
    #expect(try project("[]").run().ledger.transforms.isEmpty)
  }

  @Test func asymmetryWorksOnTransformedBlocks() throws {
    let project = try project("[awq]")
    func divergence(_ asymmetry: Float) throws -> Double {
      let outcome = try project.run(["quantize.solver={gptq: {asymmetry: \(asymmetry)}}"])
      return value(try #require(outcome.products[0].measurements), .meanKLD)
    }
    #expect(try divergence(0.5) < 1.1 * divergence(0))
  }

  @Test func aTiedModelIsWarnedOf() throws {
    #expect(try project("[rotate]").plan().warnings.isEmpty)
    let warnings = try project("[rotate]", ties: true).plan().warnings
    #expect(warnings.count == 1 && warnings[0].message.contains("output matrix of its own"))
  }

  @Test func mistakesAreFoundBeforeTheModelRuns() throws {
    func message(_ transform: String, _ settings: [String] = []) throws -> String {
      try #require(try project(transform).planningError(settings))
    }
    #expect(
      try message("[awq, rotate]").contains(
        "p.yaml:5:18: error: found 'rotate', which edits the whole model, after 'awq'"))
    let uncalibrated = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.calibrate = nil
        $0.quantize = "{solver: rtn, type: q8_0}\ntransform: [awq]"
      })
    #expect(try #require(try uncalibrated.planningError()).contains("'awq' without calibrate"))
    let odd = try TinyProject(
      TinyModel {
        $0.hidden = 46
        $0.intermediate = 64
      }, TinyPipeline { $0.quantize = "{type: f16}\ntransform: [rotate]" })
    #expect(try #require(try odd.planningError()).contains("hidden size of 46"))
  }
}
