import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Every key of config.json that transformers reads, in every family: obeyed, without effect, or refused by its name.
struct ConfigKeysTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Where transformers prefers one of two keys that say different things, or ignores a key without which the model would be
  /// hard to make sense of, we ask.
  private static let stricter: Set<String> = [
    "attention_bias", "attn_logit_softcapping", "dtype", "full_attention_interval", "head_dim", "is_decoder",
    "layer_types",
    "max_position_embeddings", "max_window_layers", "mlp_only_layers",
    "model_type",
    "num_experts", "num_local_experts", "original_max_position_embeddings", "partial_rotary_factor", "per_layer_config",
    "rms_norm_eps", "rope_local_base_freq", "rope_parameters", "rope_scaling", "rope_theta", "rotary_emb_base",
    "rotary_pct", "sliding_window",
    "sliding_window_pattern", "text_config", "torch_dtype", "use_bidirectional_attention", "use_sliding_window",
    "position_embedding_type",
    // Of MPT: the program that the models come from reads them.
    "attn_config", "no_bias", "expansion_ratio", "logit_scale",
    // Of a model with several parts transformers leaves these out, and other programs do not.
    "text_config.final_logit_softcapping", "text_config.tie_word_embeddings",
    // Beside the model of text: what transformers ties depends on the tensors too, and Gemma 3 leaves `is_causal` out.
    "tie_word_embeddings", "is_causal",
  ]

  /// The same in single families: what transformers leaves out and the program that the models come from reads.
  private static let stricterIn: [String: Set<String>] = [
    "deepseek2": ["moe_layer_freq", "norm_topk_prob", "scoring_func"], "deepseek3": ["moe_layer_freq", "scoring_func"],
    "exaone-moe": ["first_k_dense_replace", "scoring_func"],
    "minimax-m2": ["rotary_dim"], "ernie-moe": ["moe_layer_end_index", "moe_layer_interval"], "gpt-oss": ["hidden_act"],
    "lfm2": ["block_ff_dim", "full_attn_idxs"], "falcon-grouped": ["multi_query"],
    // No step is 0, whether a list of layers takes its place or not.
    "llama4": ["interleave_moe_layer_step"], "llama4-parts": ["text_config.interleave_moe_layer_step"],
    // Of older configurations, beside keys that say the same.
    "modernbert": ["global_attn_every_n_layers", "global_rope_theta", "local_rope_theta"],
    "nemotron-h": nemotron, "nemotron-h-moe": nemotron.union(["n_shared_experts"]),
  ]

  /// Layers are counted once, the model's own program reads the others, and one name of an activation is enough.
  private static let nemotron: Set<String> = [
    "num_hidden_layers", "mamba_proj_bias", "mamba_n_groups", "mamba_conv_bias", "mamba_hidden_act", "time_step_limit",
    "sliding_window", "attention_bias",
  ]

  /// A key without the part that it is of.
  private static func plain(_ key: String) -> String { String(key.trimmingPrefix("text_config.")) }

  private static func isStricter(_ key: String) -> Bool { stricter.contains(key) || stricter.contains(plain(key)) }

  @Test(arguments: KeyFixture.configs.indices)
  func keysAreObeyedOrRefused(index: Int) throws {
    let fixture = KeyFixture.configs[index]
    let family = FamilyFixture.named(fixture.base)
    let path = try family.write(to: folder)
    let base = try open(path, fixture.config)
    let expected = Self.kept(try FamilyRun.logits(base, family), of: family)
    var obeyed = 0
    for outcome in fixture.outcomes where outcome.kind != .refused {
      let model: ModelSource
      do {
        model = try open(path, outcome.config)
      } catch let error as CheckpointError {
        Self.check(error, outcome, in: fixture)
        continue
      }
      #expect(outcome.kind != .tensors, "\(fixture.name): \(outcome) asks for other tensors, and is taken")
      guard outcome.kind == .logits || model.shape != base.shape else { continue }
      let logits = Self.kept(try FamilyRun.logits(model, family), of: family)
      let right = outcome.kind == .logits ? outcome.logits : expected
      let largest = right.map(abs).max() ?? 1
      let worst = zip(logits, right).map { abs($0 - $1) }.max() ?? .infinity
      #expect(
        worst <= 4e-5 * largest, "\(fixture.name): \(outcome): \(worst / largest) from what transformers computes")
      obeyed += 1
    }
    #expect(obeyed >= 2, "\(fixture.name): \(obeyed)")
  }

  private func open(_ path: String, _ config: String) throws -> ModelSource {
    try folder.write("model/config.json", config)
    return try ModelSource(path: path, on: workers)
  }

  private static func check(_ error: CheckpointError, _ outcome: KeyFixture.Outcome, in fixture: KeyFixture) {
    guard outcome.kind != .tensors else { return }
    guard case .setting(_, let key, _, _) = error else {
      Issue.record("\(fixture.name): \(outcome) is refused without its key: \(error)")
      return
    }
    // Of keys that are read together, any may be the one that is named.
    let text = "\(error)"
    let ofPositions = ["rope", "rotary_pct", "partial_rotary_factor", "original_max_position_embeddings"].contains {
      key.contains($0)
    }
    #expect(
      outcome.keys.contains {
        text.contains(plain($0)) || $0.hasSuffix(key) || (plain($0).hasPrefix("rope") && ofPositions)
      },
      "\(fixture.name): \(outcome): \(error)")
    // Sizes have defaults that no model of ours should be taken for.
    if case .setting(_, _, "nothing", _) = error { return }
    guard outcome.kind == .same else { return }
    #expect(
      outcome.keys.contains { isStricter($0) || stricterIn[fixture.name]?.contains($0) == true },
      "\(fixture.name): \(outcome) changes nothing, and is refused: \(error)")
  }

  private static func kept(_ logits: [Float], of family: FamilyFixture) -> [Float] {
    KeyFixture.rows.flatMap { row in (0..<KeyFixture.columns).map { logits[row * family.columns + $0] } }
  }

  /// What transformers' classes read is read here, or known to change nothing.
  @Test(arguments: KeyFixture.configs.indices)
  func noKeyOfAFamilyIsUnknown(index: Int) throws {
    let fixture = KeyFixture.configs[index]
    try folder.write("config.json", fixture.config)
    let read = try Architectures.readKeys(JSONObject(contentsOf: folder.path("config.json")))
    // What only other heads and masks ask for changes nothing; the plan names it where it is there.
    let tried = Dictionary(grouping: fixture.outcomes.filter { $0.keys.count == 1 }) { $0.keys[0] }
    let unknown = fixture.keys.filter { key in
      guard !read.contains(key), OtherKeys.withoutEffect[Self.plain(key)] == nil else { return false }
      return tried[key]?.allSatisfy { $0.kind == .same } != true
    }
    #expect(unknown == [], "\(fixture.name)")
    for outcome in fixture.outcomes where outcome.keys.count == 1 {
      guard let key = outcome.keys.first, !read.contains(key), OtherKeys.withoutEffect[Self.plain(key)] != nil else {
        continue
      }
      #expect(outcome.kind == .same || outcome.kind == .refused, "\(fixture.name): \(outcome) has an effect")
    }
  }

  /// Keys of no model of the family are named, and change nothing.
  @Test(arguments: KeyFixture.configs.indices)
  func keysOfOtherFamiliesAreNoted(index: Int) throws {
    let fixture = KeyFixture.configs[index]
    let path = try FamilyFixture.named(fixture.base).write(to: folder)
    let base = try open(path, fixture.config)
    let read = try Architectures.readKeys(JSONObject(contentsOf: folder.path("model/config.json")))
    var noted = 0
    for outcome in fixture.outcomes where outcome.keys.count == 1 && outcome.kind == .same {
      guard let key = outcome.keys.first, !read.contains(key), OtherKeys.withoutEffect[Self.plain(key)] == nil,
        !outcome.description.contains("null"), let model = try? open(path, outcome.config)
      else { continue }
      #expect(
        model.notes.count == base.notes.count + (base.notes.isEmpty ? 1 : 0)
          && model.notes.contains { $0.contains(key) }, "\(outcome)")
      #expect(model.shape == base.shape)
      noted += 1
    }
    #expect(noted > 10, "\(fixture.name): \(noted)")
  }
}
