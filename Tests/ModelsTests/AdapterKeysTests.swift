import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Every key of adapter_config.json that peft's LoraConfig has: obeyed, without effect, or refused by its name.
struct AdapterKeysTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What is refused although peft does nothing else with it where it only merges.
  private static let stricter: Set<String> = [
    "bias", "ensure_weight_tying", "init_lora_weights", "kasa_config", "layers_pattern", "layers_to_transform",
    "megatron_config",
    "monteclora_config", "target_modules", "exclude_modules", "target_parameters", "alora_invocation_tokens",
    "use_dora",
    "lora_bias", "r", "rank_pattern", "trainable_token_indices", "use_bdlora", "use_qalora", "lora_alpha", "peft_type",
    "layer_replication", "arrow_config",
  ]

  @Test(arguments: KeyFixture.adapters.indices)
  func keysAreObeyedOrRefused(index: Int) throws {
    let fixture = KeyFixture.adapters[index]
    let adapter = AdapterFixture.named(fixture.base)
    let base = try adapter.base.write(to: folder)
    let path = try adapter.write(to: folder)
    let expected = Self.kept(adapter.logits, of: adapter.base)
    var obeyed = 0
    for outcome in fixture.outcomes where outcome.kind != .refused {
      try folder.write("adapter/adapter_config.json", outcome.config)
      let model: ModelSource
      do {
        model = try ModelSource(path: base, adapters: [Adapter(AdapterChoice(path: path))], on: workers)
      } catch {
        let text = "\(error)"
        #expect(
          outcome.keys.contains { text.contains($0) } || text.contains("shape") || text.contains("no tensor"),
          "\(fixture.name): \(outcome): \(text)")
        if outcome.kind == .same {
          #expect(
            outcome.keys.contains(where: Self.stricter.contains), "\(fixture.name): \(outcome) changes nothing: \(text)"
          )
        }
        continue
      }
      let logits = Self.kept(try FamilyRun.logits(model, adapter.base), of: adapter.base)
      let right = outcome.kind == .logits ? outcome.logits : expected
      let largest = right.map(abs).max() ?? 1
      let worst = zip(logits, right).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 4e-5 * largest, "\(fixture.name): \(outcome): \(worst / largest) from what peft computes")
      obeyed += 1
    }
    #expect(obeyed >= 30, "\(fixture.name): \(obeyed)")
  }

  private static func kept(_ logits: [Float], of family: FamilyFixture) -> [Float] {
    KeyFixture.rows.flatMap { row in (0..<KeyFixture.columns).map { logits[row * family.columns + $0] } }
  }

  /// A version of peft that knows more keys, or a file that somebody edited.
  @Test func otherKeysAreNoted() throws {
    let adapter = AdapterFixture.named("patterns")
    let path = try adapter.write(to: folder, changing: ["unheard_of": "1"])
    let model = try ModelSource(
      path: try adapter.base.write(to: folder), adapters: [Adapter(AdapterChoice(path: path))], on: workers)
    #expect(model.notes.count == 1 && model.notes[0].contains("unheard_of"), "\(model.notes)")
  }

  /// What each way to begin does to the base is known by name.
  @Test(arguments: [
    ("true", true), ("false", true), ("\"gaussian\"", true), ("\"eva\"", true), ("\"orthogonal\"", true),
    ("\"mica\"", true),
    ("\"pissa\"", false), ("\"pissa_niter_4\"", false), ("\"olora\"", false), ("\"OLoRA\"", false),
    ("\"corda\"", false),
    ("\"loftq\"", false), ("\"lora_ga\"", false), ("\"unheard\"", false), ("1", false),
  ])
  func whatChangesTheBaseIsRefused(value: String, isPlain: Bool) throws {
    let path = try AdapterFixture.named("patterns").write(to: folder, changing: ["init_lora_weights": value])
    if isPlain {
      #expect(throws: Never.self) { try Adapter(AdapterChoice(path: path)) }
    } else {
      let error = #expect(throws: CheckpointError.self) { try Adapter(AdapterChoice(path: path)) }
      let text = error.map { "\($0)" } ?? ""
      #expect(
        text.contains("init_lora_weights") && text.contains("path_initial_model_for_weight_conversion"), "\(text)")
    }
  }

  /// One of two tensors for the same part would win in silence.
  @Test(arguments: [
    (
      "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
      "model.layers.0.self_attn.q_proj.lora_embedding_A"
    ),
    ("base_model.model.model.layers.0.mlp.down_proj.lora_B.weight", "model.layers.0.mlp.down_proj.lora_embedding_B"),
  ])
  func aSecondTensorForAPartIsRefused(first: String, second: String) throws {
    let adapter = AdapterFixture.named("patterns")
    let path = try adapter.write(to: folder, adding: ["base_model.model.\(second)": [4, 64]])
    let error = #expect(throws: CheckpointError.self) { try Adapter(AdapterChoice(path: path)) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("found a second tensor for the same part of"), "\(text)")
    #expect(text.contains(first) && text.contains(second), "\(text)")
  }

  @Test func twoNamesOfLengthsOrOfAWholeModuleAreOneTooMany() throws {
    for (name, adapter) in [
      ("model.layers.0.self_attn.o_proj.lora_magnitude_vector.weight", "dora-biases"),
      ("lm_head.modules_to_save.weight", "saved-modules"), ("model.norm.base_layer.weight", "saved-modules"),
    ] {
      let path = try AdapterFixture.named(adapter).write(to: folder, adding: ["base_model.model.\(name)": [64]])
      let error = #expect(throws: CheckpointError.self) { try Adapter(AdapterChoice(path: path)) }
      #expect(
        error.map { "\($0)" }?.contains("a second tensor for the same part") == true, "\(String(describing: error))")
    }
  }
}
