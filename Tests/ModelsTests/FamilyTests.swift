import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// Every family against transformers.
struct FamilyTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(arguments: FamilyFixture.all.indices)
  func logitsAreThoseOfTransformers(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    let error = FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture)
    #expect(error < 2e-5, "\(fixture.name): \(error)")
  }

  /// A GGUF file of the same weights says the same model.
  @Test(arguments: FamilyFixture.all.indices)
  func logitsFromAGGUFFileAreTheSame(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    #expect(model.architecture.objectionToGGUF(model.shape) == nil)
    let file = try ModelSource(path: try FamilyGGUF.write(model, to: folder), on: workers)
    #expect(file.weights.map(\.ggufName) == model.weights.map(\.ggufName))
    for (spec, original) in zip(file.weights, model.weights) {
      let (found, expected) = (try file.matrix(spec).array(), try model.matrix(original).array())
      // Logarithms of exponentials.
      let isRounded = spec.gguf.storage.changesValues
      #expect(found == expected || (isRounded && relativeDistance(found, expected) < 1e-6), "\(spec.label)")
    }
    // GGUF files say nothing of windows in some families, nor which of two gelus is meant.
    guard model.architecture.ggufRemark(model.shape) == nil,
      model.shape.choices.activation == file.shape.choices.activation
    else { return }
    let error = FamilyRun.error(of: try FamilyRun.logits(file, fixture), fixture)
    #expect(error < 2e-5, "\(fixture.name): \(error)")
  }

  /// A block that is finished for some tokens alone leaves there what the whole block does.
  @Test(arguments: FamilyFixture.all.indices)
  func someRowsOfABlockAreThoseOfTheWhole(index: Int) throws {
    let (name, model, tokens, decoder) = try opened(index)
    let sequences = SequenceRows(lengths: [tokens.count])
    let rows = [1, tokens.count / 2, tokens.count - 1]
    // In some families blocks are not alike, and not all mix tokens.
    let last = model.shape.layers - 1
    for layer in Set([0, min(1, last), last])
    where decoder.blocks[layer].inputs.keys.allSatisfy({ $0.layer ?? -1 < 0 }) {
      let block = try model.block(layer)
      let (wholeEdges, partEdges) = (decoder.enter(tokens, try model.input()), decoder.enter(tokens, try model.input()))
      decoder.run(nil, block, wholeEdges, sequences)
      decoder.run(nil, block, partEdges, sequences, .rows(rows))
      let whole = wholeEdges.takeStream()
      let part = partEdges.takeStream()
      #expect(part.rows == rows.count)
      #expect(relativeDistance(part.array(), whole.copy(rows: rows).array()) <= 1e-5, "\(name) \(layer)")
    }
  }

  /// A block that is run one sub-layer after the other, each with no weights but its own, does what the whole block does; and
  /// looking at sites changes nothing.
  @Test(arguments: FamilyFixture.all.indices)
  func subLayersOfABlockMakeTheWhole(index: Int) throws {
    let (_, model, tokens, decoder) = try opened(index)
    let sequences = SequenceRows(rows: tokens.count, length: tokens.count)
    let block = try model.block(0).withPlainInputs()
    let (whole, edges) = (decoder.enter(tokens, try model.input()), decoder.enter(tokens, try model.input()))
    // What later blocks read stays as it is.
    for edge in edges.all where decoder.blocks[0].inputs[edge] == nil { edges.remove(edge) }
    let given = edges.all
    var (seen, atOnce): ([Site: [Float]], [Site: [Float]]) = ([:], [:])
    decoder.run(nil, block, edges, sequences, .allSites) { site, inputs, _ in seen[site] = inputs.array() }
    #expect(edges.all == given && edges[.blockInput].matrix.array() == whole[.blockInput].matrix.array())
    decoder.run(nil, block, whole, sequences) { site, inputs, _ in atOnce[site] = inputs.array() }
    #expect(seen == atOnce)
    seen = [:]
    for subLayer in decoder.blocks[0].subLayers {
      var weights = BlockWeights(layer: 0, [:])
      for spec in model.specs(layer: 0) where subLayer.roles.contains(spec.role) { weights[spec] = block[spec] }
      #expect(Set(edges.all) == subLayer.live)
      let before = edges.all.map { edges[$0].matrix.array() }
      decoder.run(subLayer, weights, edges, sequences, .allSites) { site, inputs, _ in seen[site] = inputs.array() }
      #expect(Set(edges.all) == subLayer.live && edges.all.map { edges[$0].matrix.array() } == before)
      decoder.run(subLayer, weights, edges, sequences)
    }
    #expect(seen == atOnce)
    for edge in edges.all { #expect(edges[edge].matrix.array() == whole[edge].matrix.array(), "\(edge.label)") }
    #expect(edges.all.contains(.blockInput) && edges.all.count == decoder.blocks[0].outputs.count)
  }

  /// A fixture, and what runs its text as one sequence.
  private func opened(_ index: Int) throws -> (name: String, model: ModelSource, tokens: [Int32], decoder: Decoder) {
    let fixture = FamilyFixture.all[index]
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    let tokens = fixture.tokens.map { Int32($0) }
    return (fixture.name, model, tokens, Decoder(model, sequenceLength: tokens.count, on: workers))
  }

  /// What a folder holds comes back from what the decoder reads.
  @Test(arguments: FamilyFixture.all.indices)
  func storageIsItsOwnInverse(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let model = try ModelSource(path: try fixture.write(to: folder), on: workers)
    for spec in model.weights where spec.folder.storage != .plain {
      let stored = try model.source.matrix(spec.huggingFaceName, workers: workers)
      let again = spec.folder.stored(SharedMatrix(try model.matrix(spec)))
      #expect(again.rows == stored.rows && again.columns == stored.columns)
      let read = spec.folder.storage.unreadRows..<stored.rows
      #expect(
        relativeDistance(again.copy(rows: read).array(), stored.copy(rows: read).array()) < 1e-6,
        "\(spec.huggingFaceName)")
    }
  }

  /// GPT-2's own checkpoints were saved without a head.
  @Test func namesMayLackThePrefixOfTheBase() throws {
    let fixture = FamilyFixture.named("gpt2")
    let path = try fixture.write(
      to: folder, rename: { String($0.trimmingPrefix("transformer.")) }, extra: ["h.0.attn.bias"])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.name(of: try #require(model.weights.first)) == "wte.weight")
    // The weights are drawn by name, so that only shapes agree with the fixture.
    #expect(try FamilyRun.logits(model, fixture).count == fixture.logits.count)
  }

  /// Blocks that draft further tokens are left out where transformers leaves them out, and the model's notes say so.
  @Test(arguments: ["deepseek3", "glm4-moe"])
  func draftsAreLeftOut(name: String) throws {
    let fixture = FamilyFixture.named(name)
    let layers = try ModelSource(path: try fixture.write(to: folder), on: workers).shape.layers
    let drafts = ["eh_proj", "mlp.experts.0.up_proj"].map { "model.layers.\(layers).\($0).weight" }
    func path(_ count: Int) throws -> String {
      try fixture.write(to: folder, changing: ["num_nextn_predict_layers": "\(count)"], extra: drafts)
    }
    let model = try ModelSource(path: try path(1), on: workers)
    #expect(model.dropped.isEmpty && model.notes.count == 1)
    #expect(model.notes.first?.contains("2 tensors of blocks behind the \(layers) of the model") == true)
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
    #expect(throws: CheckpointError.self) { try ModelSource(path: try path(0), on: workers) }
    let other = try FamilyFixture.named("qwen3").write(to: folder, as: "other", extra: drafts)
    #expect(throws: CheckpointError.self) { try ModelSource(path: other, on: workers) }
  }

  /// Published under a type of its own, which transformers does not list.
  @Test func kimiIsOfTheFamilyOfDeepSeek() throws {
    let fixture = FamilyFixture.named("kimi-k2")
    let path = try fixture.write(to: folder, changing: ["model_type": "\"kimi_k2\""])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.architecture.ggufName == "deepseek2")
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
  }

  @Test func extraTensorsAreRefusedUnlessDropped() throws {
    let fixture = FamilyFixture.named("qwen3")
    let names = ["mtp.layers.0.eh_proj.weight", "visual.patch_embed.weight"]
    let path = try fixture.write(to: folder, extra: names)
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    #expect(error?.description.contains("mtp.layers.0.eh_proj.weight: use: found this tensor and 1 more") == true)
    let half = #expect(throws: CheckpointError.self) {
      try ModelSource(path: path, dropping: { $0.hasPrefix("mtp.") }, on: workers)
    }
    #expect(half?.description.contains("visual.patch_embed.weight: use: found this tensor, expected") == true)
    let model = try ModelSource(path: path, dropping: { _ in true }, on: workers)
    #expect(model.dropped == names)
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
  }

  /// What a decoder or llama.cpp cannot do is said, with the key.
  @Test(arguments: [
    ("qwen2", "use_sliding_window", "1"), ("qwen2-window", "layer_types", #"["full_attention"]"#),
    ("qwen2-window", "layer_types", #"["full_attention", "chunked_attention"]"#),
    ("smollm3", "use_sliding_window", "true"), ("smollm3", "no_rope_layers", "[1, 1]"),
    ("smollm3", "no_rope_layers", "[1, 1, 2, 0]"), ("granite", "logits_scaling", "0"),
    ("granite", "hidden_act", "\"gelu\""), ("olmo3", "sliding_window", "0"), ("phi3", "num_key_value_heads", "3"),
    ("gemma2", "query_pre_attn_scalar", "0"),
    ("gemma2", "hidden_activation", "\"relu\""), ("gemma3", "attn_logit_softcapping", "50.0"),
    ("gemma3", "use_bidirectional_attention", "true"), ("gpt2", "scale_attn_by_inverse_layer_idx", "true"),
    ("gpt2", "scale_attn_weights", "false"), ("gpt2", "activation_function", "\"relu\""), ("gpt2", "n_inner", "0"),
    ("gptneox", "attention_bias", "false"), ("mixtral", "num_local_experts", "1000000"),
    ("mixtral", "num_experts_per_tok", "5"), ("qwen2-moe", "mlp_only_layers", "[0]"),
    ("stablelm", "qk_layernorm", "true"), ("cohere", "use_qk_norm", "true"), ("cohere2", "sliding_window", "null"),
    ("starcoder", "multi_query", "false"), ("bloom", "apply_residual_connection_post_layernorm", "true"),
    ("mpt", "no_bias", "false"), ("mpt", "attn_config", #"{"qk_ln": true}"#), ("ernie-moe", "moe_layer_interval", "2"),
    ("glm4-moe", "n_group", "3"), ("gpt-oss", "attention_bias", "false"), ("nemotron", "hidden_act", "\"silu\""),
    ("qwen3.5", "linear_num_value_heads", "5"), ("qwen3.5", "layer_types", #"["linear_attention"]"#),
    ("qwen3.5", "layer_types", #"["sliding_attention", "full_attention", "full_attention", "full_attention"]"#),
    ("qwen3.5", "full_attention_interval", "2"), ("qwen3.5", "hidden_act", "\"gelu\""),
    ("qwen3-next", "mlp_only_layers", "[0]"), ("qwen3.5-moe", "num_experts_per_tok", "5"),
    ("deepseek3", "rope_interleave", "false"), ("deepseek3", "topk_method", "\"greedy\""),
    ("deepseek3", "scoring_func", "\"softmax\""), ("deepseek3", "num_key_value_heads", "2"),
    ("deepseek3", "qk_head_dim", "32"), ("deepseek3", "qk_rope_head_dim", "15"), ("deepseek3", "kv_lora_rank", "0"),
    ("deepseek2", "topk_method", "\"noaux_tc\""), ("deepseek2", "norm_topk_prob", "true"),
    ("phi", "qk_layernorm", "true"), ("phi", "tie_word_embeddings", "true"), ("phi", "hidden_act", "\"relu\""),
    ("olmo-clipped", "clip_qkv", "0"), ("falcon", "alibi", "true"), ("falcon", "parallel_attn", "null"),
    ("falcon", "multi_query", "false"), ("falcon", "num_ln_in_parallel_attn", "2"),
    ("falcon-grouped", "num_kv_heads", "3"), ("falcon-grouped", "num_ln_in_parallel_attn", "3"),
    ("apertus", "hidden_act", "\"relu2\""), ("apertus", "rope_parameters", "null"),
    ("ministral3", "rope_parameters", #"{"rope_type": "default", "llama_4_scaling_beta": 0.1}"#),
    (
      "ministral3", "rope_parameters",
      #"{"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 16, "llama_4_scaling_beta": -1}"#
    ),
    ("qwen2-vl", "rope_scaling", #"{"type": "mrope", "mrope_section": [2, 3, 2]}"#),
    ("qwen2-vl", "rope_scaling", #"{"type": "mrope", "mrope_section": [2, 6]}"#),
    ("qwen2-vl", "rope_scaling", #"{"type": "multimodal", "mrope_section": [2, 3, 3]}"#),
    ("qwen2-vl", "use_sliding_window", "1"),
    ("qwen2-vl", "num_key_value_heads", "3"),
    ("llama4", "attention_chunk_size", "null"), ("llama4", "no_rope_layers", "[1, 1, 1]"),
    ("llama4", "layer_types", #"["chunked_attention"]"#), ("llama4", "attn_scale", "-0.1"),
    (
      "llama4", "layer_types",
      #"["sliding_attention", "chunked_attention", "chunked_attention", "full_attention"]"#
    ),
    ("llama4", "interleave_moe_layer_step", "0"), ("llama4", "num_experts_per_tok", "5"),
    ("hunyuan-moe", "moe_topk", "[2, 1]"), ("hunyuan-moe", "moe_topk", "[2]"), ("hunyuan-moe", "moe_topk", "[]"),
    ("hunyuan-moe", "num_experts", "[4, 2]"), ("hunyuan-moe", "moe_intermediate_size", "[96, 48]"),
    ("hunyuan-moe", "moe_intermediate_size", "[48, 48]"), ("hunyuan-moe", "moe_intermediate_size", "48"),
    ("hunyuan-moe", "num_shared_expert", "[2, 2]"), ("hunyuan-moe", "use_cla", "true"),
    ("hunyuan-moe", "use_qk_norm", "false"), ("hunyuan-moe", "moe_layer_num_skipped", "1"),
    ("qwen3-moe", "decoder_sparse_step", "2"), ("qwen2-moe", "qkv_bias", "false"), ("olmoe", "clip_qkv", "8.0"),
  ])
  func whatIsNotKnownIsRefused(name: String, key: String, value: String) throws {
    let path = try FamilyFixture.named(name).write(to: folder, changing: [key: value])
    let error = #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
    guard case .setting(_, let found, _, _)? = error else {
      Issue.record("\(name): expected an error about \(key), not \(String(describing: error))")
      return
    }
    #expect(found.hasSuffix(key) || found.hasPrefix(key))
  }

  /// Models that transformers runs, and llama.cpp would run as others.
  @Test(
    arguments: [
      ("gemma2", ["query_pre_attn_scalar": "20"], "query_pre_attn_scalar of 20"),
      ("gemma2", ["attn_logit_softcapping": "null"], "without a cap"),
      ("gemma3", ["query_pre_attn_scalar": "20"], "query_pre_attn_scalar of 20"),
      ("smollm3", ["no_rope_layers": "[1, 0, 1, 0]"], "other than every fourth"),
      ("qwen2-moe", ["norm_topk_prob": "true"], "expected false"),
      ("olmoe", ["norm_topk_prob": "true"], "expected false"),
      ("qwen3-moe", ["norm_topk_prob": "false"], "expected true"),
      ("qwen3-next", ["norm_topk_prob": "false"], "expected true"),
      (
        "qwen3.5",
        [
          "rope_parameters":
            #"{"rope_type": "default", "rope_theta": 10000, "partial_rotary_factor": 0.5, "mrope_section": [1, 3, 4]}"#
        ],
        "leaves out pairs"
      ), ("gpt-oss", ["swiglu_limit": "5"], "swiglu_limit"),
      (
        "qwen3",
        [
          "rope_parameters":
            #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}"#
        ],
        "scaled rotary frequencies"
      ),
      (
        "llama-yarn", ["rope_parameters": #"{"rope_type": "yarn", "factor": 4, "attention_factor": 1.5}"#],
        "attention factor of 1.5"
      ),
      (
        "deepseek3", ["rope_parameters": #"{"rope_type": "yarn", "factor": 4, "mscale": 1, "mscale_all_dim": 0.5}"#],
        "two equal numbers"
      ),
      ("deepseek3", ["rope_parameters": #"{"rope_type": "yarn", "factor": 4}"#], "without mscale_all_dim"),
      ("deepseek3", ["rms_norm_eps": "0.001"], "rms_norm_eps 0.001"),
      (
        "ministral3",
        [
          "rope_parameters":
            #"{"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 16, "llama_4_scaling_beta": 0.1, "attention_factor": 1.5}"#
        ], "above that of mscale 1"
      ),
      ("llama4", ["use_qk_norm": "false"], "use_qk_norm false"),
      ("llama4", ["no_rope_layers": "[1, 0, 1, 0]", "layer_types": "null"], "other layers than three"),
      ("llama4", ["no_rope_layers": "[1, 0, 1, 0]"], "other layers than three"),
      (
        "llama4",
        ["layer_types": #"["full_attention", "full_attention", "full_attention", "full_attention"]"#],
        "other layers than three"
      ),
    ] as [(String, [String: String], String)])
  func whatAGGUFFileCannotSayIsAnObstacle(name: String, changes: [String: String], words: String) throws {
    let path = try FamilyFixture.named(name).write(to: folder, changing: changes.mapValues { $0 })
    let model = try ModelSource(path: path, on: workers)
    let objection = try #require(model.architecture.objectionToGGUF(model.shape))
    #expect(objection.contains(words), "\(objection)")
  }

  @Test func whatLlamaCppDoesOtherwiseIsRemarked() throws {
    for fixture in FamilyFixture.all {
      let model = try ModelSource(path: try fixture.write(to: folder, as: fixture.name), on: workers)
      let remark = model.architecture.ggufRemark(model.shape)
      let words = [
        "deepseek2": "two best", "kimi-k2": "between 1.0 and 1.0", "gemma4-layer-inputs": "within 30",
        "gemma3n": "that of a sample", "gemma3n-shared": "that of a sample",
        "gemma4-parts": "within 30", "llama4-chunked": "model's see 16",
        "nemotron-h": "steps of any width", "nemotron-h-moe": "steps of any width",
      ][fixture.name]
      let expected = fixture.name.hasSuffix("-window") ? "see 12" : words
      #expect((remark != nil) == (expected != nil), "\(fixture.name)")
      if let remark, let expected { #expect(remark.contains(expected)) }
    }
  }
}

/// A fixture's tokens through a model.
enum FamilyRun {
  /// `[tokens · columns]`; of an encoder the last hidden states.
  static func logits(_ model: any ModelWeights, _ fixture: FamilyFixture) throws -> [Float] {
    let workers = Workers(count: 2)
    let decoder = Decoder(model, sequenceLength: fixture.tokens.count, on: workers)
    let edges = decoder.enter(fixture.tokens, try model.input())
    let sequences = SequenceRows(lengths: [fixture.tokens.count])
    // What runtimes make of inputs of a quantized original is not what transformers was asked for.
    for layer in 0..<model.shape.layers {
      decoder.run(nil, try model.block(layer).withPlainInputs(), edges, sequences)
    }
    var hidden = edges.takeStream()
    // Encoders that norm the stream itself have none behind it.
    if let norm = try model.optional(.outputNorm) {
      hidden = decoder.normalize(hidden, norm.matrix, bias: try model.optional(.outputNormBias))
    }
    guard model.shape.choices.head == .nextToken else {
      return (0..<hidden.rows).flatMap { row in (0..<fixture.columns).map { hidden[row, $0] } }
    }
    let logits = decoder.logits(
      hidden, try model.matrix(model.shape.tiedOutput ? .tokenEmbedding : .output),
      bias: try model.optional(.outputBias))
    return (0..<logits.rows).flatMap { row in (0..<fixture.columns).map { logits[row, $0] } }
  }

  /// The largest difference to what transformers computes, relative to the largest logit.
  static func error(of logits: [Float], _ fixture: FamilyFixture) -> Double {
    relativeDistance(logits, fixture.logits)
  }
}
