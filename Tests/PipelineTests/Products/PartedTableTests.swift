import Checkpoints
import Foundation
import JSON
import Models
import Pipeline
import TestSupport
import Tensors
import Testing

/// A model whose configuration ties its tables and whose folder holds two that differ: plan and products.
struct PartedTableTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-tokenizer.model"))
    let fixture = FamilyFixture.named("qwen2")
    try fixture.write(
      to: folder, copying: ["lm_head.weight": "model.embed_tokens.weight"],
      replacing: ["lm_head.weight": FamilyFixture.values(of: "another", [384, 64], shift: 0)])
    try vocabulary.write(to: URL(filePath: folder.path("model/tokenizer.model")))
    try folder.write(
      "p.yaml",
      """
      planish: 1
      model: {path: model}
      quantize: {solver: rtn, type: f32}
      emit: [{gguf: out/model.gguf}, {safetensors: {path: out/folder, dtype: f32}}]
      """)
  }

  private func plan() throws -> Plan {
    try Planner.plan(try SpecFile.load(path: folder.path("p.yaml"), settings: [], registries: .all).base, on: workers)
  }

  @Test func thePlanSaysSo() throws {
    let words = try plan().warnings.map(\.message).joined(separator: "\n")
    #expect(words.contains("found an output matrix and an embedding table of other values"), "\(words)")
  }

  @Test func productsHoldBoth() throws {
    let outcome = try Run(try plan(), on: workers).execute()
    #expect(outcome.isPublished)
    let original = try ModelSource(path: folder.path("model"), on: workers)
    for name in ["out/model.gguf", "out/folder"] {
      let product = try ModelSource(path: folder.path(name), on: workers)
      #expect(!product.shape.tiedOutput, "\(name)")
      for role in [Role.output, .tokenEmbedding] {
        #expect(try product.matrix(role).array() == original.matrix(role).array(), "\(name)")
      }
    }
    // Whatever reads the folder needs no rule for tables that differ.
    #expect(try JSONObject(contentsOf: folder.path("out/folder/config.json")).bool("tie_word_embeddings") == false)
  }

  /// Keys that the family does not have are a note, and no obstacle.
  @Test func keysThatAreNotReadAreNamed() throws {
    let path = folder.path("model/config.json")
    var members = try JSONObject(contentsOf: path).members
    members.set("rope_interleaved", .bool(true))
    try folder.write("model/config.json", JSONText.document(.object(members)))
    let plan = try plan()
    let words = plan.warnings.map(\.message).joined(separator: "\n")
    #expect(words.contains("not read, since Qwen2ForCausalLM has no such keys: rope_interleaved"), "\(words)")
  }

  /// An output matrix that is quantized is one of its own, since no rounding leaves it what the table is.
  @Test func aQuantizedOutputMatrixIsNotTheTable() throws {
    let fixture = FamilyFixture.named("qwen2")
    try fixture.write(
      to: folder, as: "untied", changing: ["tie_word_embeddings": "false"],
      copying: ["lm_head.weight": "model.embed_tokens.weight"])
    try FileManager.default.copyItem(
      atPath: folder.path("model/tokenizer.model"), toPath: folder.path("untied/tokenizer.model"))
    try folder.write(
      "q.yaml",
      """
      planish: 1
      model: {path: untied}
      quantize:
        solver: rtn
        type: int4_g32_bias
        overrides: [{tensors: token_embd.weight, type: int8_g32_bias}, {tensors: output.weight, type: int4_g32_bias}]
      emit: [{mlx: out/quantized}]
      """)
    let spec = try SpecFile.load(path: folder.path("q.yaml"), settings: [], registries: .all).base
    let outcome = try Run(try Planner.plan(spec, on: workers), on: workers).execute()
    #expect(outcome.isPublished)
    let config = "out/quantized/config.json"
    var members = try JSONObject(contentsOf: folder.path(config)).members
    members.set("tie_word_embeddings", .bool(true))
    try folder.write(config, JSONText.document(.object(members)))
    let model = try ModelSource(path: folder.path("out/quantized"), on: workers)
    #expect(model.hasPartedTables && !model.shape.tiedOutput)
    #expect(
      model.source.tensors["lm_head.weight"].map { if case .quantized = $0.storage { true } else { false } } == true)
  }
}
