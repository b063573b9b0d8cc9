import Checkpoints
import Models
import TestSupport
import Testing

struct LlamaTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The members of a config.json that has all a Llama needs, some replaced; nil removes one.
  private func config(_ changes: [String: String?] = [:]) throws -> JSONObject {
    var members: [String: String?] = [
      "hidden_size": "64", "num_attention_heads": "8", "max_position_embeddings": "2048", "num_hidden_layers": "2",
      "intermediate_size": "172", "vocab_size": "512", "rms_norm_eps": "1e-05",
    ]
    members.merge(changes) { $1 }
    let text = members.compactMap { key, value in value.map { "\"\(key)\": \($0)" } }.joined(separator: ",\n")
    return try JSONObject(contentsOf: try folder.write("config.json", "{\(text)}"))
  }

  @Test func olderConfigurationsLeaveMuchToDefaults() throws {
    let shape = try family("llama").shape(try config())
    #expect(
      shape
        == DecoderShape(
          layers: 2, hiddenSize: 64, intermediateSize: 172, heads: 8, keyValueHeads: 8, headSize: 8,
          vocabularySize: 512, contextLength: 2048, normEpsilon: 1e-5,
          rotary: RotaryEmbedding(base: 10_000, dimensions: 8), tiedOutput: false))
  }

  @Test func everyKeyIsRead() throws {
    let shape = try family("llama").shape(
      try config([
        "num_key_value_heads": "4", "head_dim": "16", "tie_word_embeddings": "true", "hidden_act": "\"silu\"",
        "attention_bias": "false", "mlp_bias": "null", "rope_theta": "500000", "rms_norm_eps": "0.001",
      ]))
    #expect(shape.keyValueHeads == 4 && shape.headSize == 16)
    #expect(shape.tiedOutput)
    #expect(shape.normEpsilon == 1e-3)
    #expect(shape.rotary == RotaryEmbedding(base: 500_000, dimensions: 16))
  }

  /// Keys of transformers 4 and 5, and the still older `type`.
  @Test(
    arguments: [
      (["rope_theta": "3e4"], RotaryEmbedding(base: 30_000, dimensions: 8)),
      (["rope_theta": "3e4", "rope_scaling": "null"], RotaryEmbedding(base: 30_000, dimensions: 8)),
      (
        ["rope_parameters": #"{"rope_theta": 3e4, "rope_type": "default"}"#],
        RotaryEmbedding(base: 30_000, dimensions: 8)
      ),
      (
        ["rope_parameters": #"{"rope_type": "linear", "factor": 4}"#, "rope_theta": "3e4"],
        RotaryEmbedding(base: 30_000, dimensions: 8, scaling: .linear(factor: 4))
      ),
      (
        ["rope_scaling": #"{"type": "linear", "factor": 2.5}"#],
        RotaryEmbedding(base: 10_000, dimensions: 8, scaling: .linear(factor: 2.5))
      ),
      (
        [
          "rope_theta": "500000.0",
          "rope_scaling": #"""
          {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
           "rope_type": "llama3"}
          """#,
        ],
        RotaryEmbedding(
          base: 500_000, dimensions: 8,
          scaling: .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192))
      ),
      (
        [
          "rope_parameters":
            #"{"rope_type": "llama3", "factor": 32, "low_freq_factor": 1, "high_freq_factor": 4, "rope_theta": 5e5}"#
        ],
        RotaryEmbedding(
          base: 500_000, dimensions: 8,
          scaling: .llama3(factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 2048))
      ),
    ] as [([String: String], RotaryEmbedding)])
  func rotaryKeysOfEveryAgeAreRead(keys: [String: String], expected: RotaryEmbedding) throws {
    #expect(try family("llama").shape(try config(keys)).rotary == expected)
  }

  @Test(arguments: [
    "hidden_size", "num_attention_heads", "max_position_embeddings", "num_hidden_layers", "intermediate_size",
    "vocab_size", "rms_norm_eps",
  ])
  func missingKeysAreNamed(key: String) throws {
    let config = try config([key: nil])
    let error = #expect(throws: CheckpointError.self) { try family("llama").shape(config) }
    guard case .setting(let path, key, found: "nothing", _) = error else {
      Issue.record("expected a missing \(key), not \(String(describing: error))")
      return
    }
    #expect(path == folder.path("config.json"))
  }

  /// Each with the key that the error must name.
  @Test(arguments: [
    ("attention_bias", "1"), ("mlp_bias", "\"yes\""), ("hidden_act", "\"gelu\""), ("num_key_value_heads", "3"),
    ("num_key_value_heads", "0"), ("head_dim", "7"), ("head_dim", "0"), ("head_dim", "-2"), ("hidden_size", "0"),
    ("hidden_size", "-64"), ("hidden_size", "64.5"), ("hidden_size", "\"64\""), ("hidden_size", "9223372036854775807"),
    ("num_attention_heads", "4611686018427387904"), ("num_hidden_layers", "4294967296"), ("vocab_size", "null"),
    ("intermediate_size", "[]"), ("max_position_embeddings", "1e3"), ("rms_norm_eps", "0"), ("rms_norm_eps", "-1e-5"),
    ("rms_norm_eps", "1e300"), ("rms_norm_eps", "\"small\""), ("tie_word_embeddings", "1"), ("rope_theta", "0"),
    ("rope_theta", "-1"), ("rope_scaling", "\"linear\""), ("partial_rotary_factor", "0.5"), ("hidden_act", "7"),
  ])
  func whatTheDecoderCannotDoIsRefused(key: String, value: String) throws {
    try expectError(key, [key: value])
  }

  @Test func headsOfNoComponentsAreRefused() throws {
    try expectError("head_dim", ["num_attention_heads": "128"])
  }

  @Test(arguments: [
    ("rope_scaling.factor", #"{"rope_type": "yarn"}"#),
    ("rope_scaling.truncate", #"{"rope_type": "yarn", "factor": 4, "truncate": false}"#),
    ("rope_scaling.mscale", #"{"rope_type": "yarn", "factor": 4, "mscale": 0.7}"#),
    ("rope_scaling.short_factor", #"{"rope_type": "longrope"}"#),
    ("rope_scaling.short_factor", #"{"rope_type": "su", "short_factor": [1, 2, 3], "long_factor": [1, 2, 3, 4]}"#),
    ("rope_scaling.long_factor", #"{"rope_type": "su", "short_factor": [1, 2, 3, 4], "long_factor": [1, 0, 1, 1]}"#),
    ("rope_scaling.type", #"{"type": "dynamic"}"#),
    ("rope_scaling.rope_type", #"{"rope_type": 3}"#), ("rope_scaling.factor", #"{"rope_type": "linear"}"#),
    ("rope_scaling.factor", #"{"rope_type": "linear", "factor": 0}"#),
    ("rope_scaling.factor", #"{"rope_type": "linear", "factor": "2"}"#),
    ("rope_scaling.low_freq_factor", #"{"rope_type": "llama3", "factor": 8, "high_freq_factor": 4}"#),
    ("rope_scaling.high_freq_factor", #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1}"#),
    (
      "rope_scaling.high_freq_factor",
      #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 3}"#
    ),
    (
      "rope_scaling.original_max_position_embeddings",
      #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 0}"#
    ),
  ])
  func ropeScalingsThatAreNotKnownAreRefused(key: String, value: String) throws {
    try expectError(key, ["rope_scaling": value])
  }

  private func expectError(_ key: String, _ changes: [String: String?]) throws {
    let config = try config(changes)
    let error = #expect(throws: CheckpointError.self) { try family("llama").shape(config) }
    guard case .setting(_, key, _, _) = error else {
      Issue.record("expected an error about \(key), not \(String(describing: error))")
      return
    }
    #expect(error?.description.hasPrefix("\(folder.path("config.json")): \(key): found ") == true)
  }

  @Test func tensorsHaveTheNamesOfBothWorlds() throws {
    var shape = try family("llama").shape(try config(["num_key_value_heads": "2", "num_hidden_layers": "1"]))
    let expected = """
      lm_head.weight output.weight [512, 64]
      model.embed_tokens.weight token_embd.weight [512, 64]
      model.layers.0.input_layernorm.weight blk.0.attn_norm.weight [64]
      model.layers.0.self_attn.q_proj.weight blk.0.attn_q.weight [64, 64] pairs of 8
      model.layers.0.self_attn.k_proj.weight blk.0.attn_k.weight [16, 64] pairs of 8
      model.layers.0.self_attn.v_proj.weight blk.0.attn_v.weight [16, 64]
      model.layers.0.self_attn.o_proj.weight blk.0.attn_output.weight [64, 64]
      model.layers.0.post_attention_layernorm.weight blk.0.ffn_norm.weight [64]
      model.layers.0.mlp.gate_proj.weight blk.0.ffn_gate.weight [172, 64]
      model.layers.0.mlp.up_proj.weight blk.0.ffn_up.weight [172, 64]
      model.layers.0.mlp.down_proj.weight blk.0.ffn_down.weight [64, 172]
      model.norm.weight output_norm.weight [64]
      """
    func describe(_ shape: DecoderShape) -> [String] {
      family("llama").weights(shape).map { spec in
        let order = if case .rotaryPairs(let size, _) = spec.gguf.storage.rowOrder { " pairs of \(size)" } else { "" }
        return "\(spec.huggingFaceName) \(spec.ggufName) \(spec.shape)\(order)"
      }
    }
    #expect(describe(shape) == expected.split(separator: "\n").map(String.init))
    shape.tiedOutput = true
    #expect(describe(shape) == expected.split(separator: "\n").dropFirst().map(String.init))
    shape.layers = 3
    let roles = family("llama").weights(shape).filter { $0.layer == 2 }.map(\.role)
    #expect(roles.count == 9 && Set(roles).count == 9)
  }

  @Test func everyMatrixOfABlockHasASite() throws {
    for spec in family("llama").weights(try family("llama").shape(try config())) {
      #expect((spec.site == nil) == (spec.isVector || spec.role == .tokenEmbedding), "\(spec.role)")
    }
  }

  @Test func scaledFrequenciesBecomeATensorOfGGUF() throws {
    let plain = try family("llama").shape(try config())
    #expect(family("llama").derivedTensors(plain).isEmpty)
    let scaled = try family("llama").shape(
      try config([
        "rope_scaling":
          #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 512}"#
      ]))
    let derived = family("llama").derivedTensors(scaled)
    #expect(derived.map(\.name) == ["rope_freqs.weight"])
    #expect(derived.first?.values == scaled.rotary.frequencyDivisors.map { Float($0) })
    #expect(derived.first?.values.last == 8)
  }
}
