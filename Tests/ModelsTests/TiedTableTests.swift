import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Tied tables: what a folder may hold of them, whatever its configuration says.
struct TiedTableTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Families whose members tie, some only because nothing else is said: variant, table, output matrix.
  private static let families = [
    ("llama-tied-bf16", "model.embed_tokens.weight", "lm_head.weight"),
    ("qwen2", "model.embed_tokens.weight", "lm_head.weight"),
    ("smollm3", "model.embed_tokens.weight", "lm_head.weight"),
    ("granite", "model.embed_tokens.weight", "lm_head.weight"),
    ("gemma2", "model.embed_tokens.weight", "lm_head.weight"),
    ("gemma3", "model.embed_tokens.weight", "lm_head.weight"),
    ("gpt2", "transformer.wte.weight", "lm_head.weight"),
    ("starcoder2-window", "model.embed_tokens.weight", "lm_head.weight"),
  ]

  private func values(_ fixture: FamilyFixture, _ name: String) throws -> (values: [Float], shape: [Int]) {
    let tensor = try #require(fixture.tensors.first { $0.name == name })
    return (FamilyFixture.values(of: name, tensor.shape, shift: 0), tensor.shape)
  }

  @Test(arguments: families)
  func equalTablesAreOne(name: String, table: String, output: String) throws {
    let fixture = FamilyFixture.named(name)
    let path = try fixture.write(to: folder, copying: [output: table])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.shape.tiedOutput && !model.hasPartedTables && model.spec(.output, layer: nil) == nil)
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
  }

  /// As transformers does since version 5: the output matrix is taken, and the plan says so.
  @Test(arguments: families)
  func differentTablesAreTwo(name: String, table: String, output: String) throws {
    let fixture = FamilyFixture.named(name)
    let (values, shape) = try values(fixture, table)
    var others = values
    others[others.count - 1] += 1
    let path = try fixture.write(to: folder, copying: [output: table], replacing: [output: others])
    let model = try ModelSource(path: path, on: workers)
    #expect(!model.shape.tiedOutput && model.hasPartedTables)
    #expect(model.notes.contains { $0.contains("tie_word_embeddings") })
    #expect(try model.matrix(.output).array().last != model.matrix(.tokenEmbedding).array().last)
    // It is what a configuration without the tie makes of the same tensors.
    let untied = try fixture.write(
      to: folder, as: "untied", changing: ["tie_word_embeddings": "false"], copying: [output: table],
      replacing: [output: others])
    #expect(try FamilyRun.logits(model, fixture) == FamilyRun.logits(ModelSource(path: untied, on: workers), fixture))
    #expect(shape.count == 2)
  }

  @Test(arguments: families)
  func theOneTableThatIsThereIsBoth(name: String, table: String, output: String) throws {
    let fixture = FamilyFixture.named(name)
    let path = try fixture.write(to: folder, rename: { $0 == table ? nil : $0 }, copying: [output: table])
    let model = try ModelSource(path: path, on: workers)
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
    #expect(try model.name(of: #require(model.spec(.tokenEmbedding, layer: nil))) == output)
  }

  @Test func aMissingHeadIsNamed() throws {
    let path = try FamilyFixture.named("llama").write(to: folder, rename: { $0 == "lm_head.weight" ? nil : $0 })
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    let text = error.map { "\($0)" } ?? ""
    #expect(
      text.contains("lm_head.weight: presence: found no output matrix") && text.contains("LlamaForCausalLM"), "\(text)")
  }

  @Test func bothTablesMissingNamesTheTable() throws {
    let path = try FamilyFixture.named("qwen2").write(
      to: folder, rename: { $0 == "model.embed_tokens.weight" ? nil : $0 })
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(
      error.map { "\($0)" }?.contains("no tensor model.embed_tokens.weight") == true, "\(String(describing: error))")
  }

  @Test func tablesOfOtherSidesAreNotTakenForTheSame() throws {
    let fixture = FamilyFixture.named("qwen2")
    let path = try fixture.write(to: folder, extra: ["lm_head.weight"])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error.map { "\($0)" }?.contains("lm_head.weight: shape: found [1], expected [384, 64]") == true)
  }
}
