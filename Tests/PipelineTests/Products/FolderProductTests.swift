import Checkpoints
import Foundation
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

/// A container with one of its types.
private struct Held: Sendable, CustomTestStringConvertible {
  let container: String
  let type: String
  var options = ""

  var testDescription: String { "\(container) \(type) \(options)" }

  static let all: [Held] =
    ["int4_g32", "int4_g32_asym", "int3_g32_asym", "int2_row", "int8_row_asym"].map {
      Held(container: "gptq", type: $0)
    }
    + ["int4_g32_asym", "int2_g32", "int3_row"].map { Held(container: "gptq", type: $0, options: ", format: gptq_v2") }
    + ["int4_g32_asym", "int3_g32_asym", "int8_row_asym"].map {
      Held(container: "gptq", type: $0, options: ", format: gptq")
    }
    + ["int4_g32_asym", "int4_g32"].map { Held(container: "awq", type: $0) }
    + ["int4_g32", "int4_row_asym", "int8_g32", "int8_row", "fp8_row", "fp8_tensor", "nvfp4_global"]
    .map { Held(container: "compressed_tensors", type: $0) }
    + ["nf4", "nf4_dq", "fp4", "fp4_dq", "int8_row"].map { Held(container: "bitsandbytes", type: $0) }
    + ["int4_g32_bias", "int2_g32_bias", "int3_g32_bias", "int6_g32_bias", "int8_g32_bias", "mxfp4", "nvfp4"]
    .map { Held(container: "mlx", type: $0) }
    + ["int4_g32", "int4_g32_asym", "int8_g32", "int8_g32_asym"].map { Held(container: "onnx", type: $0) }
}

@Suite struct FolderProductTests {
  private func project(_ emit: String, type: String = "int4_g32", _ change: (inout TinyModel) -> Void = { _ in }) throws
    -> TinyProject
  {
    try TinyProject(
      TinyModel(change),
      TinyPipeline {
        $0.quantize = "{type: \(type)}"
        $0.emit = emit
      })
  }

  private func configuration(_ project: TinyProject, _ folder: String) throws -> JSONObject {
    try JSONObject(contentsOf: project.path("\(folder)/config.json")).object("quantization_config")
  }

  /// What is read back of a container is what the solver chose, to the last bit but for bitsandbytes' eight bits, whose
  /// scales are those of the code 127.
  @Test(arguments: Held.all)
  fileprivate func weightsAreThoseOfTheCodes(_ held: Held) throws {
    let project = try project(
      "[{\(held.container): {path: out/tiny\(held.options)}}, {safetensors: {path: out/plain, dtype: f32}}]",
      type: held.type)
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let (product, plain) = (try project.model("out/tiny"), try project.model("out/plain"))
    #expect(outcome.ledger.entries.contains { $0.typeUsed == held.type })
    for entry in outcome.ledger.entries where entry.typeUsed == held.type {
      let spec = try #require(product.weights.first { $0.ggufName == entry.tensor })
      let (found, expected) = (try product.matrix(spec).array(), try plain.matrix(spec).array())
      let tolerance: Float = held.container == "bitsandbytes" ? 2e-7 : 0
      let largest = expected.reduce(0) { max($0, abs($1)) }
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * largest }, "\(entry.tensor)")
    }
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    // What is not quantized is rounded to half precision in one of them.
    #expect(abs(divergences[0] - divergences[1]) <= 0.02 * divergences[1] + 1e-5)
  }

  @Test func aGPTQConfigurationSaysAllThatDiffers() throws {
    let overrides =
      "[{tensors: 'blk.0.attn_{q,k,v}.weight', type: int8_row}, {tensors: 'blk.1.ffn_{gate,up}.weight', type: f16}]"
    let project = try project("[{gptq: {path: out/tiny, type: int4_g32_asym, overrides: \(overrides)}}]")
    try project.run()
    let settings = try configuration(project, "out/tiny")
    #expect(try settings.integer("bits") == 4 && settings.integer("group_size") == 32 && !settings.bool("sym"))
    #expect(try settings.string("checkpoint_format") == "gptq_v2" && !settings.bool("desc_act"))
    let rules = try settings.object("dynamic")
    #expect(
      rules.keys == [
        #"-:^model\.layers\.1\.mlp\.(?:gate_up|gate|up)_proj$"#,
        #"+:^model\.layers\.0\.self_attn\.(?:qkv|q|k|v)_proj$"#,
      ])
    let rule = try rules.object(#"+:^model\.layers\.0\.self_attn\.(?:qkv|q|k|v)_proj$"#)
    #expect(try rule.integer("bits") == 8 && rule.integer("group_size") == -1 && rule.bool("sym"))
    let own = try JSONObject(contentsOf: project.path("out/tiny/quantize_config.json"))
    #expect(own.members == settings.members)
    let model = try project.model("out/tiny")
    #expect(try model.source.tensor("model.layers.0.self_attn.q_proj.weight").storage.name == "int8_row")
    #expect(try model.source.tensor("model.layers.1.mlp.up_proj.weight").storage.name == "f16")
  }

  @Test func otherConfigurationsSayWhatTheyHold() throws {
    let overrides = "overrides: [{tensors: 'blk.1.ffn_{gate,up}.weight', type: f16}]"
    let project = try project(
      """
      [{awq: {path: out/awq, type: int4_g32_asym, \(overrides)}},
       {compressed_tensors: {path: out/ct, type: int4_g32, overrides: [{tensors: '*0.attn_{q,k,v}.*', type: int8_row}]}},
       {bitsandbytes: {path: out/bnb, type: nf4_dq, \(overrides)}},
       {mlx: {path: out/mlx, type: int4_g32_bias, overrides: [{tensors: token_embd.weight, type: int6_g64_bias}]}}]
      """.replacing("\n", with: ""))
    let outcome = try project.run()
    let awq = try configuration(project, "out/awq")
    #expect(try awq.string("version") == "gemm" && awq.integer("group_size") == 32 && awq.bool("zero_point"))
    #expect(
      try awq.strings("modules_to_not_convert")
        == [
          "lm_head", "model.layers.1.mlp.gate_up_proj", "model.layers.1.mlp.gate_proj", "model.layers.1.mlp.up_proj",
        ])
    let groups = try configuration(project, "out/ct").object("config_groups")
    #expect(
      try groups.object("group_0").strings("targets")
        == [#"re:model\.layers\.0\.self_attn\.(?:qkv|q|k|v)_proj$"#])
    #expect(try groups.object("group_0").object("weights").string("strategy") == "channel")
    #expect(try groups.object("group_1").strings("targets") == ["Linear"])
    let bitsAndBytes = try configuration(project, "out/bnb")
    #expect(try bitsAndBytes.bool("bnb_4bit_use_double_quant") && bitsAndBytes.string("bnb_4bit_quant_type") == "nf4")
    // The intermediate size is no multiple of 64.
    #expect(try bitsAndBytes.strings("llm_int8_skip_modules").contains("model.layers.0.mlp.down_proj"))
    let mlx = try JSONObject(contentsOf: project.path("out/mlx/config.json")).object("quantization")
    #expect(try mlx.integer("bits") == 4 && mlx.object("model.embed_tokens").integer("bits") == 6)
    #expect(try project.model("out/mlx").source.tensor("model.embed_tokens.weight").storage.name == "int6_g64_bias")
    #expect(outcome.products.allSatisfy { $0.measurements != nil })
    #expect(outcome.products.map { $0.ledger == nil } == [true, false, false, false])
  }

  /// The configuration of a quantized original says nothing about a product.
  @Test func aQuantizedModelBecomesAnyProduct() throws {
    let project = try project("[{gptq: {path: packed, type: int4_g32}}]")
    try project.run()
    let source = ["model.path=\(project.path("packed"))", "quantize.type=f16"]
    try project.run(
      source + ["emit=[{gguf: \(project.path("a.gguf"))}, {safetensors: {path: \(project.path("a")), dtype: f32}}]"])
    let (packed, file, folder) = (try project.model("packed"), try project.model("a.gguf"), try project.model("a"))
    #expect(try !JSONObject(contentsOf: project.path("a/config.json")).has("quantization_config"))
    for spec in packed.weights where !spec.isVector {
      let values = try packed.matrix(spec).array()
      #expect(try values.map { Float(Float16($0)) } == file.matrix(spec).array())
      #expect(try values.map { Float(Float16($0)) } == folder.matrix(spec).array())
    }
  }

  /// They may mean something to another version of the program.
  @Test func aPlanNamesKeysThatNobodyKnows() throws {
    let project = try project("[{gptq: {path: packed, type: int4_g32}}]")
    try project.run()
    let settings = [
      "model.path=\(project.path("packed"))", "quantize.type=f16", "emit=[{gguf: \(project.path("a.gguf"))}]",
    ]
    #expect(try !project.plan(settings).warnings.contains { $0.message.contains("does not have") })
    for name in ["config.json", "quantize_config.json"] {
      let text = String(decoding: try project.bytes("packed/\(name)"), as: UTF8.self)
      try project.folder.write("packed/\(name)", text.replacing("\"true_sequential\": true", with: "\"zeal\": 5"))
    }
    let warnings = try project.plan(settings).warnings.map(\.message)
    #expect(warnings.contains { $0.contains("gptq does not have") && $0.contains("quantization_config.zeal, zeal") })
  }

  /// AutoGPTQ writes biases of zeros beside the matrices of models that have none; others are refused by name.
  @Test(arguments: [0, 0.5] as [Float])
  func biasesOfZerosAreAccepted(_ value: Float) throws {
    let project = try project("[{gptq: {path: packed, type: int4_g32}}]")
    try project.run()
    let name = "model.layers.0.mlp.up_proj.bias"
    let stored = try SafetensorsFile(path: project.path("packed/model.safetensors")).tensors.all
    var tensors = stored.map {
      SafetensorsPlannedTensor(name: $0.name, shape: $0.shape, type: $0.storage.name.uppercased())
    }
    tensors.append(SafetensorsPlannedTensor(name: name, shape: [1], type: "F32"))
    var writer = try SafetensorsWriter(path: project.path("packed/model.safetensors"), tensors: tensors)
    for tensor in stored {
      let bytes = tensor.withBytes { $0.withUnsafeBytes { Array($0) } }
      try writer.append(bytes.span.bytes, to: tensor.name)
    }
    let values = [value]
    try writer.append(values.span.bytes, to: name)
    try writer.finish().publish()
    if value == 0 {
      _ = try project.model("packed")
    } else {
      let error = #expect(throws: CheckpointError.self) { _ = try project.model("packed") }
      #expect(error?.description.contains(name) == true)
    }
  }

  /// Groups of columns with like inputs: readers find them by `g_idx`, and the error is no larger than without.
  @Test func sortedColumnsAreFoundByTheirIndices() throws {
    let solver = "solver: {gptq: {groups: activation}}"
    let project = try project(
      "[{gptq: {path: out/a, \(solver)}}, {safetensors: {path: out/b, dtype: f32, \(solver)}}, {gptq: out/c}]")
    let outcome = try project.run()
    #expect(try configuration(project, "out/a").bool("desc_act"))
    #expect(try !configuration(project, "out/c").bool("desc_act"))
    let (sorted, plain) = (try project.model("out/a"), try project.model("out/b"))
    for entry in outcome.ledger.entries where entry.typeUsed == "int4_g32" {
      let spec = try #require(sorted.weights.first { $0.ggufName == entry.tensor })
      #expect(try sorted.matrix(spec).array() == plain.matrix(spec).array(), "\(entry.tensor)")
    }
    let stored = try SafetensorsFile(path: project.path("out/a/model.safetensors"))
    let indices = try stored.tensor("model.layers.0.mlp.up_proj.g_idx").withBytes { bytes in
      (0..<64).map { Int(bytes.littleEndian(Int32.self, at: 4 * $0)) }
    }
    #expect(Set(indices) == [0, 1] && indices != (0..<64).map { $0 / 32 })
    let neighbours = try #require(outcome.products[2].ledger)
    #expect(
      outcome.ledger.entries.compactMap(\.error).reduce(0, +) < 1.1
        * neighbours.entries.compactMap(\.error).reduce(0, +))
  }

  /// One solution in two worlds: the grid of q4_0 is that of four symmetric bits in groups of 32.
  @Test(arguments: ["int4_g32", "int4_g32_bias"])
  func equalGridsHoldEqualWeights(_ type: String) throws {
    let other = type == "int4_g32" ? "gptq" : "mlx"
    let project = try project("[{gguf: out/tiny.gguf}, {\(other): out/tiny}]", type: type)
    let outcome = try project.run()
    let (file, folder) = (try project.model("out/tiny.gguf"), try project.model("out/tiny"))
    var types: Set<String> = []
    for entry in outcome.ledger.entries where entry.typeUsed == type {
      let spec = try #require(file.weights.first { $0.ggufName == entry.tensor })
      types.insert(try file.source.tensor(spec.ggufName).storage.name)
      #expect(try file.matrix(spec).array() == folder.matrix(spec).array())
    }
    #expect(types == [type == "int4_g32" ? "q4_0" : "q4_1"])
  }

  @Test func productsThatAgreeShareAnEdition() throws {
    let project = try project(
      "[{gguf: out/a.gguf}, {gptq: {path: out/b, type: int4_g32_asym}}, {awq: {path: out/c, type: int4_g32_asym}}]",
      type: "q4_0")
    let plan = try project.plan()
    #expect(plan.editions.map(\.type) == ["q4_0", "int4_g32_asym"] && plan.editionOfProduct == [0, 1, 1])
    #expect(plan.forProduct(2).tensors.contains { $0.format.name == "int4_g32_asym" })
    let outcome = try project.run()
    #expect(outcome.ledger.entries.contains { $0.typeUsed == "q4_0" })
    #expect(outcome.products[1].ledger == outcome.products[2].ledger)
    #expect(outcome.ledgers == [outcome.ledger, try #require(outcome.products[1].ledger)])
    #expect(outcome.products[1].bitsPerWeight != outcome.products[0].bitsPerWeight)
    let (b, c) = (try project.model("out/b"), try project.model("out/c"))
    for spec in b.weights { #expect(try b.matrix(spec).array() == c.matrix(spec).array()) }
  }

  /// A product's own type changes nothing in a product that leads.
  @Test func otherProductsChangeNothingInTheFirst() throws {
    let alone = try project("[{gguf: out/a.gguf}]", type: "q4_0")
    try alone.run()
    let together = try project("[{gguf: out/a.gguf}, {gptq: {path: out/b, type: int4_g32, solver: rtn}}]", type: "q4_0")
    try together.run()
    let (first, second) = (try alone.model("out/a.gguf"), try together.model("out/a.gguf"))
    for spec in first.weights { #expect(try first.matrix(spec).array() == second.matrix(spec).array()) }
  }

  @Test func theNumberOfWorkersChangesNoByte() throws {
    let project = try project(
      "[{gptq: out/a}, {awq: out/b}, {compressed_tensors: out/c}, {bitsandbytes: {path: out/d, type: nf4_dq}}]")
    let products = try (1...2).map { workers in
      try project.run(workers: workers)
      return try ["a", "b", "c", "d"].map { try project.bytes("out/\($0)/model.safetensors") }
    }
    #expect(products[0] == products[1])
  }
}

/// Plans that ask a container for what it cannot hold.
@Suite struct FolderPlanTests {
  private struct Refusal: Sendable, CustomTestStringConvertible {
    let emit: String
    let says: [String]
    var intermediate = 96

    var testDescription: String { emit }
  }

  private static let refusals: [Refusal] = [
    Refusal(emit: "[{gptq: {path: a, type: int4_g32_bias}}]", says: ["gptq", "expected int4_g32_asym, the nearest"]),
    Refusal(emit: "[{gptq: {path: a, type: q4_0}}]", says: ["cannot hold q4_0", "expected int4_"]),
    Refusal(
      emit: "[{awq: {path: a, type: int8_g32}}]", says: ["cannot hold int8_g32", "expected int4_g32, the nearest"]),
    Refusal(emit: "[{awq: {path: a, type: int4_row}}]", says: ["cannot hold int4_row", "expected int4_g128,"]),
    Refusal(emit: "[{compressed_tensors: {path: a, type: int3_g32}}]", says: ["expected int4_g32,"]),
    Refusal(emit: "[{bitsandbytes: {path: a, type: int4_g32}}]", says: ["cannot hold int4_g32", "nearest"]),
    Refusal(emit: "[{mlx: {path: a, type: int4_g32}}]", says: ["expected int4_g32_bias, the nearest"]),
    Refusal(emit: "[{mlx: {path: a, type: int4_row_bias}}]", says: ["expected int4_g128_bias, the nearest"]),
    Refusal(
      emit: "[{gptq: {path: a, type: int4_g32, overrides: [{tensors: token_embd.weight, type: int8_g32}]}}]",
      says: ["token_embd.weight", "keep tables in floating point"]),
    Refusal(
      emit: "[{gptq: {path: a, type: int4_row}}]",
      says: ["blk.0.ffn_gate.weight (and 5 more tensors)", "found 100 rows", "a multiple of 32", "type: f16}"],
      intermediate: 100),
    Refusal(
      emit: "[{awq: {path: a, type: int4_g32, overrides: [{tensors: '*down*', type: f16}]}}]",
      says: ["found 100 rows", "a multiple of 8"], intermediate: 100),
    Refusal(
      emit: "[{awq: {path: a, type: int4_g32, overrides: [{tensors: '*attn*', type: int4_g64}]}}]",
      says: ["groups of 32 and 64 columns", "one size"]),
    Refusal(
      emit: "[{bitsandbytes: {path: a, type: nf4, overrides: [{tensors: '*attn*', type: fp4}]}}]",
      says: ["fp4 and nf4 side by side"]),
    Refusal(
      emit: "[{awq: {path: a, type: int4_g32, solver: {gptq: {groups: activation}}}}]",
      says: ["its solver sorts columns", "groups: neighbours"]),
    Refusal(
      emit: "[{gguf: {path: a, type: q4_0, solver: {gptq: {groups: activation}}}}]",
      says: ["its solver sorts columns", "a gptq product"]),
    Refusal(emit: "[{gptq: {path: a, type: int4_g129}}]", says: ["p.yaml:5:", "did you mean"]),
    Refusal(emit: "[{gptq: {path: a, solver: nope}}]", says: ["nope"]),
  ]

  @Test(arguments: refusals)
  private func whatAContainerCannotHoldIsToldWithTheNearest(_ refusal: Refusal) throws {
    let project = try TinyProject(
      TinyModel { $0.intermediate = refusal.intermediate },
      TinyPipeline {
        $0.quantize = "{type: int4_g32}"
        $0.emit = refusal.emit
      })
    try project.expectRefusal(saying: refusal.says)
  }
}
