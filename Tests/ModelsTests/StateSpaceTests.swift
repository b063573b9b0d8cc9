import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// State spaces in chunks, against the recurrence in double precision, and what configurations and GGUF files say of them.
struct StateSpaceTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let (heads, groups, size, keySize) = (6, 3, 8, 5)
  private static let columns = heads * size + 2 * groups * keySize + heads

  /// Values, keys and queries behind a convolution, as blocks have them.
  private static let steps: [any Step] = [
    Split(.blockInput, into: [("channels", columns - heads), ("steps", heads)]),
    CausalConvolution(
      .stateConvolution, bias: .stateConvolutionBias, taps: 4, from: "channels", to: "mixed"),
    Split(
      "mixed",
      into: [("values", heads * size), ("keys", groups * keySize), ("queries", groups * keySize)]),
    SelectiveScan(
      heads: heads, groups: groups, limits: 0.05...2, values: "values", keys: "keys", queries: "queries",
      steps: "steps", to: "output"),
    Norm(.stateNorm, .rootMeanSquare, epsilon: 1e-5, from: "output", to: .blockOutput, groups: groups),
  ]

  /// - Parameter rate: the logarithm of how fast states fade.
  private static func weights(rate: Float, _ random: inout SeededRandom) -> BlockWeights {
    var weights = BlockWeights(layer: 0, [:])
    for tensor in BlockSteps(steps, inputs: [.blockInput: columns]).allTensors {
      weights[tensor.role] = SharedMatrix(
        random.gaussianMatrix(rows: tensor.rows ?? 1, columns: tensor.columns, scale: 0.6))
    }
    weights[.stateRate] = SharedMatrix(Matrix(rows: 1, columns: heads) { rate + 0.3 * Float($1) })
    return weights
  }

  private static var recurrence: Recurrence { Recurrence(steps: steps, columns: columns, weights: weights) }

  @Test(arguments: Recurrence.rates)
  func chunksAgreeWithTheRecurrence(rate: Float) { Self.recurrence.expectChunksAgree(rate: rate) }

  @Test func bitsAreThoseOfTheSequenceAlone() { Self.recurrence.expectBitsOfTheSequenceAlone() }

  // MARK: - Configurations

  private func model(_ name: String, _ changes: [String: String?] = [:]) throws -> ModelSource {
    try ModelSource(path: try FamilyFixture.named(name).write(to: folder, changing: changes), on: workers)
  }

  @Test func whatTheConfigurationSaysIsTheStateSpace() throws {
    #expect(
      try model("granite-hybrid").shape.choices.stateSpace
        == StateSpace(
          heads: 8, headSize: 16, groups: 2, stateSize: 16, taps: 4, hasConvolutionBias: true,
          layers: [true, false, true, false]))
    // As their class calls layers, and as it calls the key.
    let types = #"["linear_attention", "full_attention", "linear_attention", "full_attention"]"#
    for changes in [["layer_types": types], ["layer_types": nil, "layers_block_type": types]] {
      #expect(try model("granite-hybrid", changes).shape == (try model("granite-hybrid").shape))
    }
    let limited = try model("granite-hybrid", ["time_step_limit": #"[0.001, {"__float__": "Infinity"}]"#])
    #expect(limited.shape.choices.stateSpace?.stepLimits == 0.001...Float.infinity)
    // As Python writes it.
    let text = FamilyFixture.named("granite-hybrid").config
    let bare = text.replacing(#"{"__float__":"Infinity"}"#, with: "Infinity")
    #expect(bare != text)
    try folder.write("model/config.json", bare)
    let path = folder.path("model")
    #expect(try ModelSource(path: path, on: workers).shape == (try model("granite-hybrid").shape))
  }

  /// Layers of one kind each, by names or by letters; the class in transformers has other names than published files.
  @Test func layersOfOneKindEach() throws {
    let letters = try model("nemotron-h")
    #expect(letters.shape.choices.feedForwardLayers == [false, true, false, false])
    #expect(letters.shape.choices.stateSpace?.layers == [true, false, false, true])
    #expect(letters.shape.choices.stateSpace?.stepLimits == 0.001...Float.infinity)
    #expect((0..<4).map { letters.shape.choices.hasAttention(layer: $0) } == [false, false, true, false])
    for names in [
      #"["mamba", "mlp", "attention", "mamba"]"#, #"["linear_attention", "mlp", "full_attention", "linear_attention"]"#,
    ] {
      let changes = ["hybrid_override_pattern": nil, "layers_block_type": names]
      #expect(try model("nemotron-h", changes).shape == letters.shape)
    }
  }

  /// One table cannot be multiplied by two numbers, and so both stay apart from it.
  @Test func multipliersOfATiedTableStayApart() throws {
    let apart = try model("falcon-h1").shape.choices
    #expect(apart.rowFactors[.tokenEmbedding]?.map(\.factor) == [5.656854249492381])
    let ofParts: [Float] = [0.75, 0.5, 0.8, 1.5, 0.9]
    #expect(apart.rowFactors[.stateInput]?.map(\.factor) == ofParts.map { 1.5 * $0 })
    #expect(apart.embeddingMultiplier == nil && apart.logitDivisor == nil)
    let tied = try model("falcon-h1", ["tie_word_embeddings": "true"]).shape.choices
    #expect(tied.rowFactors[.tokenEmbedding] == nil && tied.rowFactors[.output] == nil)
    #expect(tied.embeddingMultiplier == 5.656854249492381 && tied.logitDivisor == 2.56)
    #expect(Set(try model("falcon-h1-normed").shape.choices.rowFactors.keys) == [.feedForwardDown])
  }

  @Test(
    arguments: [
      ("nemotron-h-moe", "hybrid_override_pattern", "\"ME*-\""), ("nemotron-h-moe", "n_shared_experts", "2"),
      ("nemotron-h-moe", "moe_latent_size", "16"), ("granite-hybrid", "mamba_n_heads", "7"),
      ("granite-hybrid", "mamba_d_head", "8"),
      ("granite-hybrid", "mamba_n_groups", "3"), ("granite-hybrid", "mamba_d_state", "0"),
      ("granite-hybrid", "mamba_d_state", "2000000000"), ("granite-hybrid", "mamba_proj_bias", "true"),
      ("granite-hybrid", "layer_types", #"["mamba", "attention"]"#),
      ("granite-hybrid", "layer_types", #"["mamba", "conv", "mamba", "attention"]"#),
      ("granite-hybrid", "layers_block_type", #"["mamba"]"#), ("granite-hybrid", "time_step_limit", "[1.0]"),
      ("granite-hybrid", "time_step_limit", "[2.0, 1.0]"), ("granite-hybrid", "time_step_limit", "[-1.0, 1.0]"),
      ("granite-hybrid", "time_step_limit", #"[0.0, {"__float__": "NaN"}]"#),
      ("granite-hybrid", "mamba_expand", "2000000000"), ("granite-hybrid", "hidden_act", "\"gelu\""),
      ("falcon-h1", "mlp_multipliers", "[1.0]"), ("falcon-h1", "ssm_multipliers", "[1.0, 1.0, 1.0, 1.0, 0.0]"),
      ("falcon-h1", "key_multiplier", "-1"), ("falcon-h1", "attention_bias", "true"),
      ("falcon-h1", "projectors_bias", "true"), ("falcon-h1", "mlp_bias", "true"),
      ("falcon-h1", "mamba_use_mlp", "false"), ("falcon-h1", "attn_layer_indices", "[1]"),
      ("falcon-h1", "mamba_n_heads", "5"), ("nemotron-h", "hybrid_override_pattern", "\"M-*X\""),
      ("nemotron-h", "hybrid_override_pattern", "\"MM*M\""), ("nemotron-h", "hybrid_override_pattern", "\"\""),
      ("nemotron-h-moe", "layers_block_type", #"["mlp", "moe", "attention", "mamba"]"#),
      ("nemotron-h", "num_hidden_layers", "3"), ("nemotron-h", "n_groups", "3"),
      ("nemotron-h", "mamba_n_groups", "4"), ("nemotron-h", "use_bias", "true"),
      ("nemotron-h", "mlp_hidden_act", "\"silu\""), ("nemotron-h", "mamba_hidden_act", "\"gelu\""),
      ("nemotron-h", "time_step_min", "-1"), ("nemotron-h", "ssm_state_size", "2000000000"),
    ])
  func otherValuesAreRefusedByName(name: String, key: String, value: String) throws {
    let error = #expect(throws: CheckpointError.self) { try model(name, [key: value]) }
    // Of sizes that must fit each other, one is named.
    let other = ["mamba_expand": "mamba_n_heads", "mamba_d_state": "mamba_n_groups", "ssm_state_size": "n_groups"]
    let named = value == "2000000000" ? other[key] ?? key : key
    #expect(error?.description.contains("\(named): found") == true, "\(String(describing: error))")
  }

  /// Steps within limits are other steps.
  @Test func limitsAreObeyed() throws {
    let fixture = FamilyFixture.named("granite-hybrid")
    let plain = try FamilyRun.logits(try model("granite-hybrid"), fixture)
    let limited = try FamilyRun.logits(try model("granite-hybrid", ["time_step_limit": "[0.6, 0.7]"]), fixture)
    #expect(relativeDistance(limited, plain) > 1e-3)
  }

  // MARK: - GGUF

  @Test func whatAGGUFFileCannotSayIsSaid() throws {
    func objection(_ name: String, _ change: (inout DecoderShape) -> Void) throws -> String? {
      let model = try model(name)
      #expect(model.architecture.objectionToGGUF(model.shape) == nil)
      var shape = model.shape
      change(&shape)
      return model.architecture.objectionToGGUF(shape)
    }
    for name in ["granite-hybrid", "falcon-h1", "nemotron-h"] {
      let bias = try objection(name) { $0.choices.stateSpace?.hasConvolutionBias = false }
      #expect(bias?.contains("without a bias") == true)
      #expect(try objection(name) { $0.choices.stateSpace?.taps = 1 }?.contains("over 1 token") == true)
      let model = try model(name)
      var limited = model.shape
      limited.choices.stateSpace?.stepLimits = 0.5...1
      #expect(model.architecture.ggufRemark(limited)?.contains("from 0.5 to 1.0") == true)
      #expect((model.architecture.ggufRemark(model.shape) == nil) == (name != "nemotron-h"))
    }
    let narrow = try objection("granite-hybrid") { $0.choices.stateSpace?.headSize = 8 }
    #expect(narrow?.contains("64 channels, expected 128") == true)
    let none = try objection("granite-hybrid") { $0.choices.stateSpace?.layers = [false] }
    #expect(none?.contains("no layer with a state space") == true)
    let before = try objection("falcon-h1-normed") { $0.choices.stateSpace?.norms = .beforeGate }
    #expect(before?.contains("mamba_norm_before_gate") == true)
    #expect(try objection("falcon-h1") { $0.choices.embeddingMultiplier = 2 }?.contains("of a tied table") == true)
  }

  /// What transformers' floor under steps does not touch is the same in a GGUF file, which says nothing of it.
  @Test func nemotronIsTheSameInAGGUFFile() throws {
    let (fixture, model) = (FamilyFixture.named("nemotron-h"), try model("nemotron-h"))
    let file = try ModelSource(path: try FamilyGGUF.write(model, to: folder), on: workers)
    #expect(file.shape.choices.stateSpace?.stepLimits == StateSpace.anyStep)
    #expect(FamilyRun.error(of: try FamilyRun.logits(file, fixture), fixture) < 2e-5)
    let changes: [String: GGUFValue?] = ["nemotron_h.attention.layer_norm_rms_epsilon": .float32(0.5)]
    let other = try GGUFFile(path: try FamilyGGUF.write(model, to: folder, changing: changes))
    #expect(try model.architecture.shape(other).normEpsilon == 0.5)
  }

  /// In llama.cpp a layer is what its lists say.
  @Test func listsSayWhatLayersAre() throws {
    let model = try model("nemotron-h")
    func file(_ key: String, _ numbers: [Int32]) throws -> DecoderShape {
      let list = GGUFValue.array(.int32, numbers.map { .int32($0) })
      let path = try FamilyGGUF.write(model, to: folder, changing: ["nemotron_h.\(key)": list])
      return try model.architecture.shape(try GGUFFile(path: path))
    }
    let shape = try file("feed_forward_length", [0, 96, 96, 0])
    #expect(shape.choices.feedForwardLayers == [false, true, true, false])
    #expect(shape.intermediateSize == 96)
    #expect((0..<4).contains { shape.choices.hasAttention(layer: $0) } == false)
    for wrong in [[0, 0, 0, 0], [0, 96], [0, 96, 48, 0]] as [[Int32]] {
      let error = #expect(throws: CheckpointError.self) { try file("feed_forward_length", wrong) }
      #expect(error?.description.contains("nemotron_h.feed_forward_length: found") == true)
    }
  }

  @Test func sizesOfAGGUFFileMustFit() throws {
    let model = try model("granite-hybrid")
    func file(_ key: String, _ value: GGUFValue) throws -> DecoderShape {
      let path = try FamilyGGUF.write(model, to: folder, changing: ["granitehybrid.\(key)": value])
      return try model.architecture.shape(try GGUFFile(path: path))
    }
    #expect(try file("rope.scaling.finetuned", .bool(true)).choices.attention(layer: 0).positions == .main)
    for (key, value) in [("ssm.inner_size", 129), ("ssm.group_count", 3), ("ssm.state_size", 0)] as [(String, UInt32)] {
      let error = #expect(throws: CheckpointError.self) { try file(key, .uint32(value)) }
      #expect(error?.description.contains("granitehybrid.\(key): found") == true, "\(String(describing: error))")
    }
  }
}
