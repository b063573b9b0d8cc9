import Checkpoints
import Foundation
import Models
import Pipeline
import Products
import TestSupport
import Testing

/// Products that hold matrices of several types: what their configurations say of each module, to this program and to the
/// runtimes that they are for.
@Suite struct MixedTypeTests {
  /// A model of a family, which plans are made of.
  private struct Project {
    let folder: TemporaryFolder
    /// GGUF names of matrices that a runtime holds as one, and those that stand alone.
    let together: [[String]]

    init(_ family: String) throws {
      folder = try TemporaryFolder()
      try FamilyFixture.named(family).write(to: folder)
      let vocabulary = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/families-tokenizer.model")
      try Data(contentsOf: vocabulary).write(to: URL(filePath: folder.path("model/tokenizer.model")))
      together = []
    }

    private init(_ folder: TemporaryFolder, _ together: [[String]]) {
      (self.folder, self.together) = (folder, together)
    }

    func plan(_ emit: String, solver: String = "rtn") throws -> Plan {
      let file = try folder.write(
        "p.yaml", "planish: 1\nmodel: {path: model}\nquantize: {solver: \(solver), type: int4_g32}\nemit: [\(emit)]\n")
      let spec = try SpecFile.load(path: file, settings: [], registries: .all).base
      return try Planner.plan(spec, on: .all)
    }

    /// The same with what is held together, of the matrices that may be quantized.
    func grouped() throws -> Project {
      let linear = try plan("{safetensors: out/plain}").tensors.filter {
        $0.typeAsked == "int4_g32" && $0.spec.layer != nil
      }
      let names = Dictionary(linear.map { ($0.spec.huggingFaceName, $0.spec.ggufName) }) { first, _ in first }
      let modules = linear.map { String($0.spec.huggingFaceName.dropLast(".weight".count)) }
      let groups = RuntimeRules.joined(modules).map { joined in
        Set(joined.parts.compactMap { names["\($0).weight"] }).sorted()
      }
      return Project(folder, groups)
    }

    /// Overrides that give each group one of some types, drawn by seed.
    func overrides(_ types: [String], seed: UInt64) -> String {
      var random = SeededRandom(seed: seed)
      let overrides = together.flatMap { group in
        let type = types[Int.random(in: 0..<types.count, using: &random)]
        return group.map { "{tensors: '\($0)', type: \(type)}" }
      }
      return "[\(overrides.joined(separator: ", "))]"
    }
  }

  private static let families = [
    "llama", "qwen2", "phi3", "starcoder2", "olmo2", "mixtral", "qwen2-moe", "qwen3-moe", "olmoe",
    "qwen3-moe-fused", "gemma3-parts",
  ]
  private static let containers = [
    (name: "gptq", types: ["int4_g32", "int8_g32", "int8_row", "int4_g32_asym", "int3_g32", "f16"]),
    (name: "compressed_tensors", types: ["int4_g32", "int8_g32", "int8_row", "int4_g32_asym", "f16"]),
    (name: "awq", types: ["int4_g32", "int4_g32_asym", "f16"]),
  ]

  /// What `config.json` of the plan's one product says.
  private func settings(_ plan: Plan) throws -> JSONObject {
    let writer = try #require(plan.spec.products.first?.writer.variant as? FolderWriter)
    let product = plan.product(0, recipeDigest: "")
    let members = writer.container.resolved(for: product).settings(product)
    return JSONObject(path: "config.json", members: members)
  }

  /// The type of each matrix of a block, by its module; `plain` for what is not quantized.
  private func types(_ plan: Plan) -> [(module: String, type: String)] {
    plan.tensors.compactMap { tensor in
      guard tensor.spec.layer != nil, !tensor.spec.isVector, tensor.spec.huggingFaceName.hasSuffix(".weight") else {
        return nil
      }
      let isPlain = !tensor.format.name.hasPrefix("int")
      return (String(tensor.spec.huggingFaceName.dropLast(".weight".count)), isPlain ? "plain" : tensor.format.name)
    }
  }

  /// What this program reads of it.
  private func read(_ configuration: QuantizationConfiguration, _ module: String) -> String {
    switch configuration.method {
    case let settings as GPTQSettings:
      return settings.settings(of: module).map {
        RuntimeRules.describe($0.bits, $0.columnsPerGroup ?? -1, $0.isSymmetric == true)
      } ?? "plain"
    case let settings as CompressedTensorsSettings:
      guard case .scheme(let scheme) = settings.answer(for: module) else { return "plain" }
      return RuntimeRules.describe(scheme.bits, scheme.columnsPerGroup ?? -1, scheme.isSymmetric)
    default: return "another method"
    }
  }

  @Test(arguments: families)
  func everyRuntimeFindsTheTypeOfEveryModule(_ family: String) throws {
    let project = try Project(family).grouped()
    #expect(!project.together.isEmpty)
    var mixed = 0
    for container in Self.containers {
      for seed in 1...8 as ClosedRange<UInt64> {
        let overrides = project.overrides(container.types, seed: seed)
        let plan = try project.plan("{\(container.name): {path: out/a, overrides: \(overrides)}}")
        let config = try settings(plan)
        let says = try config.object("quantization_config")
        let types = types(plan)
        if Set(types.map { $0.type }).count > 2 { mixed += 1 }
        if container.name != "awq" {
          let configuration = try #require(try QuantizationConfiguration.of(config) { _ in nil })
          for (module, type) in types { #expect(read(configuration, module) == type, "\(module) seed \(seed)") }
        }
        try checkRuntimes(
          container.name, says, Dictionary(types.map { ($0.module, $0.type) }) { first, _ in first },
          "\(family) \(seed)")
      }
    }
    #expect(mixed > 0)
  }

  private func checkRuntimes(_ container: String, _ says: JSONObject, _ types: [String: String], _ what: String) throws
  {
    for joined in RuntimeRules.joined(types.keys.sorted()) {
      let expected = Set(joined.parts.compactMap { types[$0] })
      try #require(expected.count == 1, "\(joined.name): \(what)")
      let type = expected.first ?? ""
      switch container {
      case "gptq":
        for name in [joined.name] + joined.parts {
          #expect(try RuntimeRules.gptq(says, name, negativesFirst: false) == type, "vLLM: \(name): \(what)")
          #expect(try RuntimeRules.gptq(says, name, negativesFirst: true) == type, "GPTQModel: \(name): \(what)")
        }
      case "compressed_tensors":
        for order in RuntimeRules.Order.allCases {
          #expect(try RuntimeRules.vLLM(says, joined, order) == type, "vLLM \(order): \(joined.name): \(what)")
        }
        for part in joined.parts { #expect(try RuntimeRules.compressedTensors(says, part) == type, "\(part): \(what)") }
      default:
        for name in [joined.name] + joined.parts {
          #expect(try RuntimeRules.isSkippedByPart(says, name) == (type == "plain"), "vLLM: \(name): \(what)")
        }
        for part in joined.parts {
          #expect(try RuntimeRules.isSkippedByTransformers(says, part) == (type == "plain"), "\(part): \(what)")
        }
      }
    }
  }

  /// The bytes are those that the configuration says.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func mixedProductsReadBack(_ seed: UInt64) throws {
    let groups = (0..<2).flatMap { layer in
      ["attn_{q,k,v}", "attn_output", "ffn_{gate,up}", "ffn_down"].map { "blk.\(layer).\($0).weight" }
    }
    func product(_ container: (name: String, types: [String])) -> String {
      var random = SeededRandom(seed: seed)
      let overrides = groups.map { pattern in
        let type = container.types[Int.random(in: 0..<container.types.count, using: &random)]
        return "{tensors: '\(pattern)', type: \(type)}"
      }
      return "{\(container.name): {path: out/\(container.name), overrides: [\(overrides.joined(separator: ", "))]}}"
    }
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{solver: rtn, type: int4_g32}"
        $0.emit = "[\(Self.containers.map(product).joined(separator: ", "))]"
        $0.validate = nil
        $0.calibrate = nil
      })
    let plan = try project.plan()
    try project.run()
    for (index, container) in Self.containers.enumerated() {
      let stored = try project.model("out/\(container.name)").source
      for (module, type) in types(plan.forProduct(index)) {
        // A configuration of AWQ does not say which of its zero points are the middle.
        let expected = type == "plain" ? "f16" : container.name == "awq" ? "int4_g32_asym" : type
        #expect(try stored.tensor("\(module).weight").storage.name == expected, "\(container.name) \(module)")
      }
    }
  }

  /// The output matrix is no class of its own, so configurations name it, whatever the family calls it.
  @Test func theOutputMatrixIsNamedAsTheFamilyDoes() throws {
    let project = try Project("gptneox")
    let plain = "overrides: [{tensors: '*attn_qkv.weight', type: f16}]"
    let compressed = try settings(project.plan("{compressed_tensors: {path: out/a, \(plain)}}"))
    #expect(
      try compressed.object("quantization_config").strings("ignore") == [
        "embed_out", "gpt_neox.layers.0.attention.query_key_value", "gpt_neox.layers.1.attention.query_key_value",
      ])
    let awq = try settings(project.plan("{awq: {path: out/a, \(plain)}}"))
    #expect(try awq.object("quantization_config").strings("modules_to_not_convert").first == "embed_out")
    let bits = try settings(project.plan("{bitsandbytes: {path: out/a, type: nf4, \(plain)}}"))
    #expect(try bits.object("quantization_config").strings("llm_int8_skip_modules").first == "embed_out")
  }

  private struct Refusal: Sendable, CustomTestStringConvertible {
    let family: String
    let container: String
    let overrides: String
    let says: [String]

    var testDescription: String { "\(family) \(container) \(overrides)" }
  }

  private static let refusals =
    refusals(of: "gptq") + refusals(of: "compressed_tensors") + [
      Refusal(
        family: "llama", container: "awq", overrides: "{tensors: 'blk.1.attn_k.weight', type: f16}",
        says: ["model.layers.1.self_attn.qkv_proj", "floating point"]),
      Refusal(
        family: "mixtral", container: "awq", overrides: "{tensors: 'blk.0.ffn_up_exps.weight', type: f16}",
        says: ["model.layers.0.block_sparse_moe.experts"]),
    ]

  private static func refusals(of container: String) -> [Refusal] {
    [
      Refusal(
        family: "llama", container: container, overrides: "{tensors: 'blk.1.attn_v.weight', type: int8_g32}",
        says: [
          "blk.1.attn_q.weight in int4_g32 and blk.1.attn_v.weight in int8_g32", "model.layers.1.self_attn.qkv_proj",
          "{tensors: 'blk.1.attn_{q,k,v}.weight', type: int4_g32}",
        ]),
      Refusal(
        family: "llama", container: container, overrides: "{tensors: 'blk.0.ffn_gate.weight', type: f16}",
        says: ["model.layers.0.mlp.gate_up_proj", "floating point", "blk.0.ffn_{gate,up}.weight"]),
      Refusal(
        family: "mixtral", container: container, overrides: "{tensors: 'blk.0.ffn_down_exps.weight', type: int8_g32}",
        says: ["model.layers.0.block_sparse_moe.experts", "blk.0.ffn_{gate_exps,up_exps,down_exps}.weight"]),
      Refusal(
        family: "qwen2-moe", container: container, overrides: "{tensors: 'blk.1.ffn_up_shexp.weight', type: int8_g32}",
        says: ["model.layers.1.mlp.shared_expert.gate_up_proj", "blk.1.ffn_{gate_shexp,up_shexp}.weight"]),
    ]
  }

  /// A runtime for serving cannot hold parts of one module in several types, and says so only when it loads them, if at all.
  @Test(arguments: refusals)
  private func partsOfOneModuleHaveOneType(_ refusal: Refusal) throws {
    let project = try Project(refusal.family)
    let error = #expect(throws: (any Error).self) {
      _ = try project.plan("{\(refusal.container): {path: out/a, overrides: [\(refusal.overrides)]}}")
    }
    for words in ["found a \(refusal.container) product", "vLLM and SGLang"] + refusal.says {
      #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(words)")
    }
    // Runtimes that join nothing may have it.
    let types = ["mlx": "int4_g32_bias", "bitsandbytes": "nf4"]
    for (container, type) in types where !refusal.overrides.contains("int8") {
      _ = try project.plan("{\(container): {path: out/a, type: \(type), overrides: [\(refusal.overrides)]}}")
    }
  }

  /// All parts of a joined module read their columns in one order.
  @Test func sortedColumnsAreOfAllParts() throws {
    let sorted = "solver: {gptq: {groups: activation}}"
    func project(_ pattern: String) throws -> TinyProject {
      try TinyProject(
        TinyModel(),
        TinyPipeline {
          $0.quantize = "{solver: rtn, type: int4_g32}"
          $0.emit = "[{gptq: {path: out/a, overrides: [{tensors: '\(pattern)', \(sorted)}]}}]"
        })
    }
    _ = try project("blk.1.attn_{q,k,v}.weight").plan()
    try project("blk.1.attn_q.weight").expectRefusal(saying: ["sorted columns", "model.layers.1.self_attn.qkv_proj"])
  }
}
