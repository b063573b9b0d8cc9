import Checkpoints
import Models
import Pipeline
import Tensors
import TestSupport
import Testing
import Validation

/// Products whose activations are quantized too: `{compressed_tensors: {activations: int8}}`.
@Suite struct StaticActivationsTests {
  private func project(_ emit: String, _ change: (inout TinyPipeline) -> Void = { _ in }) throws -> TinyProject {
    try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: int8_row}"
        $0.emit = emit
        change(&$0)
      })
  }

  private static let both = "[{compressed_tensors: {path: out/a, activations: int8}}, {compressed_tensors: out/b}]"

  /// Beside each matrix stands the scale that the ledger tells. Up to the first matrix that reads what another made of rounded
  /// inputs, weights are those of the product without activations.
  @Test func productsHoldWeightsAndTheScalesOfTheirInputs() throws {
    let project = try project(Self.both)
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let (rounding, plain) = (try project.model("out/a"), try project.model("out/b"))
    var (matrices, others) = (0, 0)
    for entry in outcome.ledger.entries where entry.typeUsed == "int8_row" {
      matrices += 1
      let spec = try #require(rounding.weights.first { $0.ggufName == entry.tensor })
      let isFirst = ["attn_q", "attn_k", "attn_v"].contains { entry.tensor == "blk.0.\($0).weight" }
      let isSame = try rounding.matrix(spec).array() == plain.matrix(spec).array()
      if isFirst { #expect(isSame, "\(entry.tensor)") } else if !isSame { others += 1 }
      let scale = try #require(entry.inputScale)
      #expect(rounding.inputs(of: spec) == .fixed(scale: scale, zero: 0))
      #expect(plain.inputs(of: spec) == nil)
    }
    #expect(matrices == 14 && others > 0)
    let stored = try SafetensorsFile(path: project.path("out/a/model.safetensors"))
    let module = "model.layers.0.mlp.down_proj"
    #expect(try stored.tensor("\(module).weight").storage.name == "I8")
    #expect(try stored.tensor("\(module).weight_scale").shape == [64, 1])
    #expect(try stored.tensor("\(module).input_scale").shape == [1])
  }

  @Test func matricesOfOneSiteShareAScale() throws {
    let project = try project(Self.both)
    let entries = try project.run().ledger.entries
    func scale(_ name: String) -> Float? { entries.first { $0.tensor == name }?.inputScale }
    #expect(scale("blk.0.attn_q.weight") == scale("blk.0.attn_v.weight"))
    #expect(scale("blk.0.attn_q.weight") != scale("blk.1.attn_q.weight"))
    #expect(scale("blk.0.ffn_gate.weight") != scale("blk.0.ffn_down.weight"))
    #expect(scale("blk.0.attn_norm.weight") == nil && scale("token_embd.weight") == nil)
  }

  @Test func theConfigurationSaysIt() throws {
    let project = try project(
      "[{compressed_tensors: {path: out/a, activations: int8, overrides: [{tensors: '*1.ffn_{gate,up}.*', type: f16}]}}]"
    )
    try project.run()
    let settings = try JSONObject(contentsOf: project.path("out/a/config.json")).object("quantization_config")
    #expect(try settings.string("format") == "int-quantized" && settings.string("quantization_status") == "compressed")
    #expect(
      try settings.strings("ignore")
        == ["lm_head", #"re:model\.layers\.1\.mlp\.(?:gate_up|gate|up)_proj$"#])
    let group = try settings.object("config_groups").object("group_0")
    #expect(try group.object("weights").string("strategy") == "channel")
    let inputs = try group.object("input_activations")
    #expect(try inputs.integer("num_bits") == 8 && inputs.string("strategy") == "tensor")
    #expect(try !inputs.bool("dynamic") && inputs.bool("symmetric"))
    let model = try project.model("out/a")
    let plain = try #require(model.spec(.feedForwardUp, layer: 1))
    #expect(model.inputs(of: plain) == nil)
  }

  /// The gates judge what is served: rounding inputs costs something, and evaluating the folder again costs the same.
  @Test func evaluationRoundsInputsToo() throws {
    let project = try project(Self.both)
    let outcome = try project.run()
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    #expect(divergences[0] > 1.05 * divergences[1])
    let tokens: [Int32] = [5, 80, 81, 82, 99, 7]
    let logits = try ["out/a", "out/b", "model"].map {
      try Logits.of(project.model($0), tokens, on: .all).array()
    }
    #expect(logits[0] != logits[1])
    let worst = zip(logits[0], logits[2]).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst < 0.5)
  }

  /// A transform changes inputs, and so their scales.
  @Test func scalesAreTakenAfterTransforms() throws {
    let plain = try project(Self.both).run().ledger.entries
    let smooth = try project(Self.both)
    let outcome = try smooth.run(["transform=[{smoothquant: {strength: 0.8}}]"])
    for (entry, other) in zip(outcome.ledger.entries, plain) where entry.tensor.hasSuffix("ffn_gate.weight") {
      #expect(entry.inputScale != other.inputScale)
    }
    let model = try smooth.model("out/a")
    let spec = try #require(model.spec(.feedForwardDown, layer: 0))
    let entry = outcome.ledger.entries.first { $0.tensor == spec.ggufName }
    #expect(entry?.inputScale.map { .fixed(scale: $0, zero: 0) } == model.inputs(of: spec))
  }

  /// A model that rounds inputs is measured so, and its weights alone go into other products.
  @Test func suchAModelBecomesOtherProducts() throws {
    let project = try project("[{compressed_tensors: {path: packed, activations: int8}}]")
    try project.run()
    let changes = [
      "model.path=\(project.path("packed"))", "quantize.type=f16",
      "emit=[{safetensors: {path: \(project.path("out/plain")), dtype: f32}}]",
    ]
    let plan = try project.plan(changes)
    #expect(plan.warnings.contains { $0.description.contains("14 matrices whose inputs are rounded too") })
    try project.run(changes)
    let (packed, plain) = (try project.model("packed"), try project.model("out/plain"))
    for spec in packed.weights where !spec.isVector {
      #expect(try packed.matrix(spec).array().map { Float(Float16($0)) } == plain.matrix(spec).array())
      #expect(plain.inputs(of: spec) == nil)
    }
  }

  @Test func theNumberOfWorkersChangesNoByte() throws {
    let project = try project("[{compressed_tensors: {path: out/a, activations: int8}}]")
    let products = try (1...2).map { workers in
      try project.run(workers: workers)
      return try project.bytes("out/a/model.safetensors")
    }
    #expect(products[0] == products[1])
  }

  private struct Refusal: Sendable {
    var emit = "[{compressed_tensors: {path: a, activations: int8}}]"
    var quantize = "{type: int8_row}"
    var calibrate: String? = "{corpus: calibration.txt, tokens: 1024, context: 32}"
    let says: [String]
  }

  private static let refusals: [Refusal] = [
    Refusal(quantize: "{type: int4_g32}", says: ["cannot hold int4_g32", "expected int8_row, the nearest"]),
    Refusal(quantize: "{type: int8_row_asym}", says: ["cannot hold int8_row_asym", "expected int8_row, the nearest"]),
    Refusal(
      quantize: "{type: int8_row, solver: rtn}", calibrate: nil,
      says: ["activations are quantized without calibrate", "expected calibrate.corpora"]),
    Refusal(
      calibrate: "{corpus: calibration.txt, tokens: 1024, context: 32, inputs: original}",
      says: ["calibrate.inputs: original", "expected inputs: quantized"]),
    Refusal(emit: "[{compressed_tensors: {path: a, activations: int4}}]", says: ["'int4'", "int8"]),
  ]

  @Test(arguments: refusals)
  private func plansRefuseWhatCannotBe(_ refusal: Refusal) throws {
    let project = try project(refusal.emit) {
      $0.quantize = refusal.quantize
      $0.calibrate = refusal.calibrate
    }
    try project.expectRefusal(saying: refusal.says)
  }
}
