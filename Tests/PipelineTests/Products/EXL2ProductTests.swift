import Checkpoints
import Models
import Pipeline
import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct EXL2ProductTests {
  private func project(_ emit: String, _ change: (inout TinyPipeline) -> Void = { _ in }) throws -> TinyProject {
    try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: f16}"
        $0.emit = emit
        change(&$0)
      })
  }

  /// What is read back is what the solver chose, and costs no more than was asked for.
  @Test(arguments: [(3.5, "gptq"), (5.0, "gptq"), (4.25, "rtn"), (7.5, "{gptq: {groups: activation, sweeps: 1}}")])
  func weightsAreThoseOfTheCodes(_ bits: Double, _ solver: String) throws {
    let project = try project(
      "[{exl2: {path: out/a, bits: \(bits), solver: \(solver)}}, "
        + "{safetensors: {path: out/b, dtype: f32, type: \(EXL2Target.name(bits)), solver: \(solver)}}]")
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let (packed, plain) = (try project.model("out/a"), try project.model("out/b"))
    var (taken, weights) = (0, 0)
    for entry in outcome.ledger.entries where entry.typeUsed.hasPrefix("exl2_") {
      let spec = try #require(packed.weights.first { $0.ggufName == entry.tensor })
      #expect(try packed.matrix(spec).array() == plain.matrix(spec).array(), "\(entry.tensor)")
      let stored = try packed.source.tensor(packed.name(of: spec))
      #expect(stored.byteCount == entry.bytes, "\(entry.tensor)")
      taken += 8 * stored.byteCount
      weights += spec.rows * spec.columns
    }
    #expect(weights == 2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 64 * 96))
    #expect(Double(taken) <= bits * Double(weights) && Double(taken) >= (bits - 0.4) * Double(weights))
  }

  /// More bits leave less error, and bits go where they are worth most: not every matrix gets the same.
  @Test func bitsAreAllottedByWhatTheyAreWorth() throws {
    let project = try project("[{exl2: {path: out/a, bits: 4}}, {exl2: {path: out/b, bits: 6}}]")
    let outcome = try project.run()
    let second = try #require(outcome.products[1].ledger)
    let errors = [outcome.ledger, second].map { $0.entries.compactMap(\.error).reduce(0, +) }
    #expect(errors[1] < 0.5 * errors[0])
    let types = Set(outcome.ledger.entries.map(\.typeUsed)).filter { $0.hasPrefix("exl2_") }
    #expect(types.count > 1)
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    #expect(divergences[1] < divergences[0])
  }

  @Test func theFolderIsThatOfExllamav2() throws {
    let project = try project(
      "[{exl2: {path: out/a, bits: 4.25, overrides: [{tensors: blk.1.ffn_up.weight, type: f16}]}}]")
    try project.run()
    let settings = try JSONObject(contentsOf: project.path("out/a/config.json")).object("quantization_config")
    #expect(try settings.string("quant_method") == "exl2" && settings.number("bits") == 4.25)
    #expect(try settings.integer("head_bits") == 16 && settings.object("calibration").integer("length") == 32)
    let stored = try SafetensorsFile(path: project.path("out/a/model.safetensors"))
    let module = "model.layers.0.mlp.down_proj"
    let groups = try stored.tensor("\(module).q_groups")
    #expect(groups.storage.name == "I16")
    let count = groups.columns / 2
    #expect(try stored.tensor("\(module).q_scale").shape == [count, 8])
    #expect(try stored.tensor("\(module).q_scale_max").shape == [count])
    #expect(try stored.tensor("\(module).q_invperm").shape == [96])
    #expect(try stored.tensor("\(module).q_weight").columns == 64)
    #expect(try stored.tensor("model.layers.1.mlp.up_proj.weight").storage.name == "f16")
  }

  @Test func theNumberOfWorkersChangesNoByte() throws {
    let project = try project("[{exl2: {path: out/a, bits: 4.5}}]")
    let products = try (1...2).map { workers in
      try project.run(workers: workers)
      return try project.bytes("out/a/model.safetensors")
    }
    #expect(products[0] == products[1])
  }

  /// Without text the importance of inputs, or nothing, tells what bits are worth.
  @Test func bitsAreAllottedWithoutTextToo() throws {
    let project = try project("[{exl2: {path: out/a, bits: 5, solver: rtn}}]") { $0.calibrate = nil }
    let outcome = try project.run()
    #expect(outcome.isPublished)
    #expect(outcome.ledger.entries.contains { $0.typeUsed.hasPrefix("exl2_") })
  }

  private struct Refusal: Sendable {
    let emit: String
    var intermediate = 96
    let says: [String]
  }

  private static let refusals: [Refusal] = [
    Refusal(emit: "[{exl2: {path: a, type: q4_0}}]", says: ["cannot hold q4_0", "expected exl2_4.5, the nearest"]),
    Refusal(emit: "[{gguf: {path: a, type: exl2_4.25}}]", says: ["gguf product", "safetensors, exl2"]),
    Refusal(emit: "[{exl2: {path: a, bits: 2}}]", says: ["found 2.0 bits per weight", "scales included"]),
    Refusal(emit: "[{exl2: {path: a, bits: 9}}]", says: ["found 9.0 bits per weight", "expected "]),
    Refusal(emit: "[{exl2: {path: a, bits: 12}}]", says: ["a number"]),
    Refusal(emit: "[{exl2: {path: a, bits: 4, type: exl2_4}}]", says: ["found bits beside a type"]),
    Refusal(
      emit: "[{exl2: {path: a, bits: 5}}]", intermediate: 80,
      says: ["blk.0.ffn_gate.weight", "found 80 rows", "a multiple of 32", "type: f16}"]),
  ]

  @Test(arguments: refusals)
  private func plansRefuseWhatCannotBe(_ refusal: Refusal) throws {
    let project = try TinyProject(
      TinyModel { $0.intermediate = refusal.intermediate },
      TinyPipeline {
        $0.quantize = "{type: f16}"
        $0.emit = refusal.emit
      })
    try project.expectRefusal(saying: refusal.says)
  }
}
