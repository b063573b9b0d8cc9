import Checkpoints
import Foundation
import Models
import Pipeline
import Spec
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsProductTests {
  private static let pipeline = TinyPipeline {
    $0.quantize = "{type: int4_g32}"
    $0.emit = "[{safetensors: out/tiny}]"
  }

  private func project(_ change: (inout TinyModel) -> Void = { _ in }) throws -> TinyProject {
    let project = try TinyProject(TinyModel(change), Self.pipeline)
    try project.folder.write("model/generation_config.json", #"{"temperature": 0.5}"#)
    return project
  }

  @Test func theFolderIsAModelLikeTheOriginal() throws {
    let project = try project()
    let outcome = try project.run()
    #expect(outcome.isPublished)
    #expect(
      try project.folder.contents().filter { $0.hasPrefix("out") } == [
        "out", "out/tiny", "out/tiny.manifest.json", "out/tiny/README.md", "out/tiny/SHA256SUMS",
        "out/tiny/config.json",
        "out/tiny/generation_config.json", "out/tiny/model.safetensors", "out/tiny/planish.json",
        "out/tiny/tokenizer.json", "out/tiny/tokenizer_config.json",
      ])
    for name in ["tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
      #expect(try project.bytes("out/tiny/\(name)") == project.bytes("model/\(name)"))
    }
    let original = try JSONObject(contentsOf: project.path("model/config.json"))
    var product = try JSONObject(contentsOf: project.path("out/tiny/config.json")).members
    #expect(product["torch_dtype"] == .string("float16"))
    product.set("torch_dtype", original.members["torch_dtype"] ?? .null)
    var expected = original.members
    if !original.has("torch_dtype") { expected.set("torch_dtype", .null) }
    #expect(product == expected)
    #expect(try project.model("out/tiny").shape == project.model("model").shape)
  }

  /// What is measured is what the files hold, and they hold what the codes mean.
  @Test(arguments: ["int4_g32", "int3_row_asym", "int2_g32_bias", "nf4"])
  func weightsAreThoseOfTheCodes(_ type: String) throws {
    let project = try project()
    let arguments = ["quantize.type=\(type)", "emit[0].safetensors.dtype=f32"]
    try project.folder.write("p.yaml", Self.pipeline.yaml.replacing("out/tiny}", with: "{path: out/tiny}}"))
    let outcome = try project.run(arguments)
    let (original, product) = (try project.model("model"), try project.model("out/tiny"))
    for entry in outcome.ledger.entries {
      let spec = try #require(original.weights.first { $0.ggufName == entry.tensor })
      let was = try original.matrix(spec)
      let now = try product.matrix(spec)
      guard entry.solver != nil else {
        let tolerance: Float = entry.typeUsed == "f32" ? 0 : 1e-3
        #expect(zip(was.array(), now.array()).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0)) })
        continue
      }
      for row in 0..<min(3, now.rows) {
        let group = entry.typeUsed.contains("row") ? now.columns : entry.typeUsed == "nf4" ? 64 : 32
        for start in stride(from: 0, to: now.columns, by: group) {
          let values = Set((start..<start + group).map { now[row, $0] })
          #expect(values.count <= (type.hasPrefix("int2") ? 4 : type.hasPrefix("int3") ? 8 : 16))
        }
      }
    }
    #expect(outcome.products[0].measurements != nil)
  }

  /// Only matrices inside of blocks are quantized; an override can ask for more, and for less.
  @Test func tablesStayInFloatingPoint() throws {
    let project = try project { $0.type = .bfloat16 }
    func types(_ settings: [String] = []) throws -> [String: String] {
      Dictionary(uniqueKeysWithValues: try project.plan(settings).tensors.map { ($0.name, $0.format.name) })
    }
    let plain = try types()
    #expect(plain["token_embd.weight"] == "bf16" && plain["output.weight"] == "bf16")
    #expect(plain["blk.0.attn_q.weight"] == "int4_g32" && plain["output_norm.weight"] == "f32")
    let overridden = try types([
      "quantize.overrides=[{tensors: token_embd.weight, type: int8_row}, {tensors: 'blk.1.*', type: f16}]"
    ])
    #expect(overridden["token_embd.weight"] == "int8_row" && overridden["output.weight"] == "bf16")
    #expect(overridden["blk.1.ffn_up.weight"] == "f16" && overridden["blk.0.ffn_up.weight"] == "int4_g32")
  }

  @Test func theCardAndTheListCarryTheFigures() throws {
    let project = try project()
    let outcome = try project.run()
    let measured = try #require(outcome.products[0].measurements)
    let card = try String(decoding: project.bytes("out/tiny/README.md"), as: UTF8.self)
    #expect(
      card.contains(outcome.recipeDigest) && card.contains("| mean KL divergence, nats |")
        && card.contains("| int4_g32 | 14 |"))
    let list = try project.object("out/tiny/planish.json")
    #expect(list["recipe_sha256"] as? String == outcome.recipeDigest)
    let quality = try #require(list["quality"] as? [String: Any])
    let written = try #require(quality["mean_kld"] as? Double)
    #expect(abs(written / value(measured, .meanKLD) - 1) < 1e-12)
    let silent = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: int4_g32}"
        $0.emit = "[{safetensors: out/tiny}]"
        $0.validate = nil
      })
    try silent.run()
    #expect(try silent.object("out/tiny/planish.json")["quality"] == nil)
    #expect(try !String(decoding: silent.bytes("out/tiny/README.md"), as: UTF8.self).contains("KL divergence"))
  }

  @Test func largeModelsAreCutIntoFiles() throws {
    let project = try project()
    try project.folder.write(
      "p.yaml", Self.pipeline.yaml.replacing("out/tiny}", with: "{path: out/tiny, shard_bytes: 40000, dtype: bf16}}"))
    try project.run()
    let names = try project.folder.contents().filter { $0.hasPrefix("out/tiny/model") }
    #expect(names.count > 3 && names.last == "out/tiny/model.safetensors.index.json")
    #expect(try project.object("out/tiny/config.json")["torch_dtype"] as? String == "bfloat16")
    _ = try project.model("out/tiny")
  }

  @Test func theNumberOfWorkersChangesNoByte() throws {
    let project = try project()
    let products = try (1...2).map { workers in
      try project.run(workers: workers)
      return try project.bytes("out/tiny/model.safetensors")
    }
    #expect(products[0] == products[1])
  }

  @Test func aRefusedRunLeavesTheProductOfTheRunBefore() throws {
    let project = try project()
    try project.run()
    let before = try project.snapshot()
    #expect(try !project.run(["validate.gates.max_kld.max=0"]).isPublished)
    #expect(try project.snapshot() == before)
    try project.run(["quantize.type=int8_row"])
    #expect(try project.snapshot().keys.sorted() == before.keys.sorted())
    #expect(try project.snapshot() != before)
  }

  @Test func aFolderOfSomebodyElseStopsTheRunBeforeItBegins() throws {
    let project = try project()
    try project.folder.write("out/tiny/thesis.txt", "years of work")
    let before = try project.snapshot()
    #expect(throws: RunError.self) { try project.run() }
    #expect(try project.snapshot() == before)
  }

  @Test func weightsThatHalfPrecisionCannotHoldAreRefused() throws {
    let project = try project { $0.damages = [.value("model.norm.weight", at: 3, 70000)] }
    let error = #expect(throws: RunError.self) { try project.run() }
    #expect(error?.description.contains("70000.0 at [0, 3]") == true)
    #expect(error?.description.contains("use dtype: bf16 or f32") == true)
    #expect(try !project.folder.contents().contains("out"))
  }

  @Test func severalProductsOfOneRunHoldTheSame() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: q4_0}"
        $0.emit = "[{gguf: out/tiny.gguf}, {safetensors: {path: out/tiny, dtype: f32}}]"
      })
    let outcome = try project.run()
    let divergences = outcome.products.map { $0.measurements?[.meanKLD]?.value }
    #expect(divergences[0] == divergences[1])
    let (file, folder) = (try project.model("out/tiny.gguf"), try project.model("out/tiny"))
    for spec in file.weights { #expect(try file.matrix(spec).array() == folder.matrix(spec).array()) }
  }

  @Test func aProductThatCannotHoldTheTypeIsToldSoInThePlan() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.quantize = "{type: int3_g32_bias}" })
    let message = try #require(try project.planningError())
    #expect(message.hasPrefix("p.yaml:5:9: error: found a gguf product, which cannot hold int3_g32_bias"), "\(message)")
    #expect(
      message.hasSuffix("the nearest type that it holds, or a product that can hold it: safetensors, mlx"), "\(message)"
    )
  }

  @Test func aFileAsModelIsRefused() throws {
    let project = try TinyProject()
    try project.run(["quantize.type=f32"])
    let message = try #require(
      try project.planningError([
        "model.path=\(project.path("out/tiny.gguf"))", "emit=[{safetensors: \(project.path("folder"))}]",
      ]))
    #expect(message.contains("expected the model as a Hugging Face folder"), "\(message)")
  }

  /// A rotation parts the table from the output matrix; the folder says so, and computes what the original does.
  @Test func aRotatedModelSaysThatItsTablesAreTwo() throws {
    let project = try project { $0.tiesOutput = true }
    try project.folder.write(
      "p.yaml",
      Self.pipeline.yaml.replacing("out/tiny}", with: "{path: out/tiny, dtype: f32}}")
        + "transform: [{rotate: {seed: 3}}]\n")
    let outcome = try project.run(["quantize.type=f32"])
    #expect(try JSONObject(contentsOf: project.path("out/tiny/config.json")).bool("tie_word_embeddings") == false)
    #expect(try project.model("out/tiny").spec(.output, layer: nil) != nil)
    #expect(value(try #require(outcome.products[0].measurements), .meanKLD) < 1e-6)
  }

  @Test func aRefusedFolderIsKeptUnderAnotherName() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{solver: rtn, type: q4_0}"
        $0.emit = "[{safetensors: out/tiny}]"
        $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {mean_kld: {max: 0}}}"
      })
    let outcome = try Run(
      try project.plan(), on: Workers(count: 2), keepingRejected: RejectedFolder(project.path("rejected"))
    ).execute()
    #expect(!outcome.isPublished)
    #expect(!FileManager.default.fileExists(atPath: project.path("out/tiny")))
    #expect(try project.model("rejected/tiny.rejected").shape == project.model("model").shape)
  }

  @Test func typesThatRowsShareNeedTheirGridsBeforehand() throws {
    let project = try project()
    let settings = ["quantize.type=nf4_dq", "quantize.solver={gptq: {grids: reached}}"]
    let message = try #require(try project.planningError(settings))
    #expect(message.contains("nf4_dq has parameters that rows share; use `grids: beforehand`"), "\(message)")
    #expect(try project.run(["quantize.type=nf4_dq"]).isPublished)
  }

  @Test func solversThatNeedOffsetsAreToldSoInThePlan() throws {
    let project = try project()
    let message = try #require(try project.planningError(["quantize.solver=hqq"]))
    #expect(message.contains("`hqq`, which moves offsets, and int4_g32 has none"), "\(message)")
    #expect(try project.run(["quantize.solver=hqq", "quantize.type=int4_g32_asym"]).isPublished)
  }

  @Test func unknownIntegersAreToldWithTheirGrammar() throws {
    let project = try project()
    let message = try #require(try project.planningError(["quantize.type=int4_g129"]))
    #expect(message.contains("did you mean 'int4_g128'"), "\(message)")
    #expect(message.contains("int{4,8,3,2}_{g128,g64,g32,row}"), "\(message)")
    #expect(!message.contains("int8_g64_bias,"), "\(message)")
  }
}
