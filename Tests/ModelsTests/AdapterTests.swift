import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Merged adapters against transformers and peft.
struct AdapterTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(arguments: AdapterFixture.all.indices)
  func logitsAreThoseOfPeft(index: Int) throws {
    let fixture = AdapterFixture.all[index]
    let adapter = try Adapter(AdapterChoice(path: try fixture.write(to: folder)))
    let path = try fixture.base.write(to: folder)
    let model = try ModelSource(path: path, adapters: [adapter], on: workers)
    let logits = try FamilyRun.logits(model, fixture.base)
    let error = relativeDistance(logits, fixture.logits)
    #expect(error < 2e-5, "\(fixture.name): \(error)")
    // The base alone is another model.
    let plain = try FamilyRun.logits(try ModelSource(path: path, on: workers), fixture.base)
    #expect(relativeDistance(plain, fixture.logits) > 0.05)
  }

  /// Half of an adapter twice is the whole, and as much taken off again is nothing.
  @Test func weightsScaleUpdates() throws {
    let fixture = AdapterFixture.named("patterns")
    let path = try fixture.write(to: folder)
    let base = try fixture.base.write(to: folder)
    func weights(_ parts: [Float]) throws -> [Float] {
      let adapters = try parts.map { try Adapter(AdapterChoice(path: path, weight: $0)) }
      let model = try ModelSource(path: base, adapters: adapters, on: workers)
      return try model.matrix(try #require(model.spec(.attentionQuery, layer: 1))).array()
    }
    let whole = try weights([1])
    let halves = try weights([0.5, 0.5])
    #expect(relativeDistance(halves, whole) < 1e-6)
    let none = try weights([1, -1])
    let plain = try weights([])
    #expect(relativeDistance(none, plain) < 1e-6)
    #expect(relativeDistance(whole, plain) > 1e-2)
  }

  /// Where a folder's matrices are multiplied as they are read, so are their updates.
  @Test func updatesAreMultipliedAsWhatTheyUpdate() throws {
    let module = "model.layers.0.mamba.in_proj"
    let rows = 2 * 96 + 2 * 2 * 16 + 6
    try folder.write(
      "lora/adapter_config.json",
      #"{"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 1, "lora_alpha": 2, "target_modules": ["in_proj"]}"#)
    let shapes = [("lora_A", [1, 64]), ("lora_B", [rows, 1])]
    var writer = try SafetensorsWriter(
      path: folder.path("lora/adapter_model.safetensors"),
      tensors: shapes.map {
        SafetensorsPlannedTensor(name: "base_model.model.\(module).\($0.0).weight", shape: $0.1, type: "F32")
      })
    for (name, shape) in shapes {
      let bytes = ElementType.float32.encode([Float](repeating: 0.5, count: shape.reduce(1, *)))
      try writer.append(bytes.span.bytes, to: "base_model.model.\(module).\(name).weight")
    }
    try writer.finish().publish()
    let path = try FamilyFixture.named("falcon-h1").write(to: folder)
    func matrix(_ adapters: [Adapter]) throws -> Matrix {
      let model = try ModelSource(path: path, adapters: adapters, on: workers)
      return try model.matrix(try #require(model.spec(.stateInput, layer: 0)))
    }
    let plain = try matrix([])
    let merged = try matrix([try Adapter(AdapterChoice(path: folder.path("lora")))])
    // 2 · 0.5 · 0.5, times 1.5 and what the row's part has.
    for (row, factor) in [(0, 0.75), (96, 0.5), (192, 0.8), (224, 1.5), (rows - 1, 0.9)] as [(Int, Float)] {
      #expect(abs(merged[row, 7] - plain[row, 7] - 0.5 * 1.5 * factor) < 1e-5, "\(row)")
    }
  }

  @Test func rowsThatAFileOrdersOtherwiseAreMet() throws {
    let fixture = AdapterFixture.named("joined-heads")
    let adapter = try Adapter(AdapterChoice(path: try fixture.write(to: folder)))
    let model = try ModelSource(path: try fixture.base.write(to: folder), adapters: [adapter], on: workers)
    let spec = try #require(model.spec(.attentionQueryKeyValue, layer: 0))
    #expect(spec.folder.storage != .plain)
    let magnitudes = FamilyFixture.values(
      of: "base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_magnitude_vector", [192], shift: 0)
    // The first key row stands third of the first head's in the folder: after 16 rows of queries.
    let keys = try model.matrix(spec).copy(rows: 64..<65).array()
    #expect(abs(keys.map { $0 * $0 }.reduce(0, +).squareRoot() / magnitudes[16] - 1) < 1e-4)
  }

  private func error(
    _ name: String, changing changes: [String: String] = [:], weight: Float = 1, base: String? = nil,
    rename: (String) -> String? = { $0 }, reshape: [String: [Int]] = [:]
  ) throws -> String {
    let fixture = AdapterFixture.named(name)
    let path = try fixture.write(to: folder, changing: changes, rename: rename, reshape: reshape)
    let base = try (base.map { FamilyFixture.named($0) } ?? fixture.base).write(to: folder)
    let error = #expect(throws: CheckpointError.self) {
      let adapter = try Adapter(AdapterChoice(path: path, weight: weight))
      return try ModelSource(path: base, adapters: [adapter], on: workers)
    }
    return error.map { "\($0)" } ?? "no error"
  }

  private let query = "base_model.model.model.layers.0.self_attn.q_proj"

  @Test func aHalfOfAPairIsNotEnough() throws {
    for (gone, kept) in [("lora_A", "lora_B"), ("lora_B", "lora_A")] {
      let text = try error("patterns", rename: { $0 == "\(query).\(gone).weight" ? nil : $0 })
      #expect(text.contains("no tensor \(query).\(gone).weight; it has \(query).\(kept).weight"), "\(text)")
    }
    let text = try error("dora-biases", rename: { $0.contains("layers.1.mlp.up_proj.lora_magnitude") ? nil : $0 })
    #expect(text.contains("layers.1.mlp.up_proj.lora_magnitude_vector"), "\(text)")
  }

  @Test func anotherRankIsNamed() throws {
    let text = try error("patterns", changing: ["r": "5"])
    #expect(text.contains("\(query).lora_A.weight: shape: found [4, 64], expected [5, 64]"), "\(text)")
  }

  @Test func modulesThatTheBaseDoesNotHaveAreNamed() throws {
    let text = try error(
      "patterns", changing: ["target_modules": #"["q_proj", "v_proj", "down_proj", "w_proj"]"#],
      rename: { $0.replacing("layers.0.self_attn.q_proj", with: "layers.0.self_attn.w_proj") })
    #expect(text.contains("layers.0.self_attn.w_proj.lora_A.weight: target: found a module"), "\(text)")
    let norm = try error(
      "patterns", changing: ["target_modules": #"["q_proj", "v_proj", "down_proj", "input_layernorm"]"#],
      rename: { $0.replacing("layers.0.self_attn.q_proj", with: "layers.0.input_layernorm") })
    #expect(norm.contains("layers.0.input_layernorm.lora_A.weight: target"), "\(norm)")
  }

  @Test func aBaseOfAnotherShapeIsNamed() throws {
    let text = try error("patterns", base: "llama-tied-bf16")
    #expect(text.contains("\(query).lora_B.weight: shape: found [64, 4], expected [96, 4]"), "\(text)")
  }

  @Test func namesThatPeftDoesNotWriteAreRefused() throws {
    let text = try error("patterns", rename: { $0 == "\(query).lora_A.weight" ? "q_proj.lora_A.weight" : $0 })
    #expect(text.contains("q_proj.lora_A.weight: name: found this name, expected base_model.model.MODULE"), "\(text)")
  }

  @Test func tablesOfTiedModelsAreRefused() throws {
    let text = try error("saved-modules", base: "qwen2", rename: { $0.contains("embed_tokens") ? $0 : nil })
    #expect(text.contains("embed_tokens.lora_embedding_A: target: found an update of the embedding table"), "\(text)")
  }

  @Test func wholeModulesHaveNoWeight() throws {
    let text = try error("saved-modules", weight: 0.5)
    #expect(text.contains("found a weight of 0.5, expected 1"), "\(text)")
  }

  @Test(arguments: [
    ("peft_type", "\"IA3\""), ("r", "0"), ("r", "\"4\""), ("lora_alpha", "null"), ("lora_bias", "true"),
    ("rank_pattern", "[1]"), ("rank_pattern", #"{"q_proj": 0}"#), ("rank_pattern", #"{"(": 4}"#),
    ("alpha_pattern", #"{"q_proj": "much"}"#), ("target_parameters", #"["experts"]"#),
  ])
  func configurationsThatCannotBeMergedAreRefused(key: String, value: String) throws {
    let text = try error("patterns", changing: [key: value])
    #expect(text.contains("adapter_config.json: \(key)"), "\(text)")
  }
}
