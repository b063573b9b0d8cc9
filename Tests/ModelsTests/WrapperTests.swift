import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Folders in which a model of text is one part among several.
struct WrapperTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)
  private let fixture = FamilyFixture.named("gemma3-parts")

  init() throws {
    folder = try TemporaryFolder()
  }

  /// As transformers names the parts in memory.
  static func inMemory(_ name: String) -> String {
    if name.hasPrefix("language_model.model.") {
      return "model.language_model." + name.dropFirst("language_model.model.".count)
    }
    return name.hasPrefix("language_model.") ? String(name.dropFirst("language_model.".count)) : "model." + name
  }

  private func open(
    as name: String = "model", changing changes: [String: String?] = [:], rename: (String) -> String? = { $0 },
    copying copies: [String: String] = [:], dropping isDropped: (String) -> Bool = { _ in false },
    adapters: [Adapter] = []
  ) throws -> ModelSource {
    let path = try fixture.write(to: folder, as: name, changing: changes, rename: rename, copying: copies)
    return try ModelSource(path: path, dropping: isDropped, adapters: adapters, on: workers)
  }

  @Test func bothWaysToNameThePartsAreOneModel() throws {
    let (older, newer) = (try open(), try open(as: "newer", rename: Self.inMemory))
    #expect(older.shape == newer.shape && older.architecture.ggufName == "gemma3")
    #expect(older.weights.count == newer.weights.count && older.carried.count == newer.carried.count)
    for (first, second) in zip(older.weights, newer.weights) {
      #expect(newer.name(of: second) == Self.inMemory(older.name(of: first)))
      #expect(try older.matrix(first).array() == newer.matrix(second).array(), "\(first.label)")
    }
    #expect(older.carried.map(Self.inMemory) == newer.carried)
  }

  /// Nothing of the other parts is read, and nothing of them is lost.
  @Test func theOtherPartsAreCarried() throws {
    let model = try open()
    let own = Set(model.weights.map { model.name(of: $0) })
    #expect(own.allSatisfy { $0.hasPrefix("language_model.model.") })
    #expect(Set(model.carried).union(own) == Set(fixture.tensors.map(\.name)))
    #expect(model.carried.contains("multi_modal_projector.mm_soft_emb_norm.weight"))
    #expect(model.notes == [])
    let without = try open(dropping: { $0.hasPrefix("vision_tower.head.") })
    #expect(without.dropped == model.carried.filter { $0.hasPrefix("vision_tower.head.") }.sorted())
    #expect(without.carried.count == model.carried.count - without.dropped.count && !without.dropped.isEmpty)
  }

  @Test func aTensorOfNoPartIsRefused() throws {
    let error = #expect(throws: CheckpointError.self) {
      try open(copying: ["audio_tower.conv.weight": "language_model.model.norm.weight"])
    }
    #expect(error?.description.contains("audio_tower.conv.weight: use: found this tensor, expected only") == true)
    let own = #expect(throws: CheckpointError.self) {
      try open(copying: ["language_model.model.layers.0.mlp.bias": "language_model.model.norm.weight"])
    }
    #expect(own?.description.contains("what the model's files say does not ask for them") == true)
  }

  @Test func oneWayToNameThePartsMustBeThere() throws {
    let table = "language_model.model.embed_tokens.weight"
    let both = #expect(throws: CheckpointError.self) {
      try open(copying: ["model.language_model.embed_tokens.weight": table])
    }
    #expect(both?.description.contains("found embedding tables under 2 names, expected one of") == true)
    let neither = #expect(throws: CheckpointError.self) { try open(rename: { $0 == table ? nil : $0 }) }
    #expect(neither?.description.contains("found no embedding table, expected one of model.language_model") == true)
  }

  /// The output matrix stands beside the model of text or in it, and may be of its own.
  @Test(arguments: [false, true])
  func theHeadStandsBesideTheModel(isNewer: Bool) throws {
    let head = isNewer ? "lm_head.weight" : "language_model.lm_head.weight"
    let model = try open(
      changing: ["tie_word_embeddings": "false", "text_config": fixture.textConfig(["tie_word_embeddings": nil])],
      rename: isNewer ? Self.inMemory : { $0 },
      copying: [head: "language_model.model.embed_tokens.weight"])
    let output = try #require(model.spec(.output, layer: nil))
    #expect(model.name(of: output) == head && !model.shape.tiedOutput)
  }

  @Test func whatIsNotSaidIsWhatTheClassAssumes() throws {
    let model = try open(
      changing: [
        "text_config": fixture.textConfig(["rms_norm_eps": nil, "rope_parameters": nil, "model_type": nil])
      ])
    #expect(model.shape == (try open(as: "whole").shape))
  }

  @Test(arguments: [
    ("tie_word_embeddings", "false", "text_config.tie_word_embeddings"),
    ("model_type", "\"gemma3_text\"", "model_type"),
    ("tie_word_embeddings", "null", "tie_word_embeddings"), ("is_causal", "false", "is_causal"),
    ("is_causal", "null", "is_causal"), ("text_config", "null", "text_config"),
    ("torch_dtype", "\"float16\"", "torch_dtype"),
  ])
  func keysBesideTheTextAreChecked(key: String, value: String, named: String) throws {
    try expectRefusal(of: named) { try open(changing: [key: value]) }
  }

  @Test(arguments: [
    ("final_logit_softcapping", "30.0"), ("model_type", "\"llama\""), ("use_bidirectional_attention", "true"),
    ("hidden_size", "0"), ("per_layer_config", "{\"0\": {}}"),
  ])
  func keysOfTheTextAreThoseOfItsFamily(key: String, value: String) throws {
    try expectRefusal(of: "text_config.\(key)") {
      try open(changing: ["text_config": fixture.textConfig([key: value])])
    }
  }

  private func expectRefusal(of key: String, _ open: () throws -> ModelSource) throws {
    let error = #expect(throws: CheckpointError.self) { try open() }
    guard case .setting(_, let found, _, _)? = error else {
      Issue.record("expected an error about \(key), not \(String(describing: error))")
      return
    }
    #expect(found == key)
  }

  @Test func keysThatNothingIsKnownOfAreNamedWithTheirPlace() throws {
    let model = try open(
      changing: ["sliding_widow": "3", "text_config": fixture.textConfig(["sliding_widow": "4"])])
    #expect(model.notes.count == 2)
    #expect(model.notes[0].hasSuffix("Gemma3ForConditionalGeneration has no such keys: sliding_widow"))
    #expect(model.notes[1].hasSuffix("Gemma3ForCausalLM has no such keys: text_config.sliding_widow"))
  }

  /// Adapters name modules as the version of transformers had them, or as the model of text by itself does.
  @Test(arguments: ["model.language_model.", "language_model.model.", "model."])
  func adaptersOfEveryVersionAreMerged(base: String) throws {
    let module = "base_model.model.\(base)layers.1.mlp.up_proj"
    let path = try AdapterFixture.named("patterns").write(
      to: folder,
      changing: ["target_modules": #"["up_proj"]"#, "rank_pattern": #"{"\#(base)layers.1.mlp.up_proj": 3}"#],
      rename: { _ in nil }, adding: ["\(module).lora_A.weight": [3, 64], "\(module).lora_B.weight": [96, 3]])
    let adapters = [try Adapter(AdapterChoice(path: path))]
    for rename in [{ $0 }, Self.inMemory] as [(String) -> String] {
      let plain = try open(rename: rename)
      let merged = try open(rename: rename, adapters: adapters)
      let changed = try plain.weights.filter { try plain.matrix($0).array() != merged.matrix($0).array() }
      #expect(changed.map(\.label) == ["blk.1.ffn_up.weight"])
    }
  }
}
