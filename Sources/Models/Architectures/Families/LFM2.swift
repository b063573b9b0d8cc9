import Checkpoints

/// LFM2: short convolutions in most layers, attention with a norm over each head of queries and keys in the others.
///
/// Keys: `transformers` configuration_lfm2, and of published files; names and metadata: llama.cpp `conversion/lfm2.py`.
struct LFM2: Architecture {
  var ggufName: String { "lfm2" }
  var huggingFaceNames: [String] { ["Lfm2ForCausalLM", "LFM2ForCausalLM"] }
  var modelTypes: [String] { ["lfm2"] }
  var ggufKeyValueHeads: LayerNumbers.Form { .oneOrNone }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { ShortConvolutionKeys.ggufNames }
  var fixedKeys: [FixedKey] {
    ShortConvolutionKeys.fixed + [("block_use_swiglu", .bool(true)), ("use_pos_enc", .bool(true))]
  }
  var adjustingKeys: [String] {
    ShortConvolutionKeys.config + [
      "full_attn_idxs", "block_auto_adjust_ff_dim", "block_ffn_dim_multiplier", "block_multiple_of",
    ]
  }
  var adjustingGGUFKeys: [String] { ShortConvolutionKeys.gguf }
  var configKeys: ConfigKeys {
    var keys = ShortConvolutionKeys.sizes
    keys.otherNames = [
      "block_ff_dim": "intermediate_size", "block_dim": "hidden_size", "conv_dim": "hidden_size",
      "conv_dim_out": "hidden_size", "num_heads": "num_attention_heads", "block_norm_eps": "norm_eps",
    ]
    return keys
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).shortConvolutionOrAttention().gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { ShortConvolutionKeys.names }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { ShortConvolutionKeys.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try ShortConvolutionKeys.adjust(&shape, config)
    guard try config.optionalBool("block_auto_adjust_ff_dim") ?? true else { return }
    // Two thirds, times a number, and up to the next multiple.
    let multiplier = try config.optionalPositiveNumber("block_ffn_dim_multiplier") ?? 1
    let multiple = try config.optionalSize("block_multiple_of") ?? 256
    let wanted = multiplier * (2 * Double(shape.intermediateSize) / 3).rounded(.towardZero)
    guard 1...Double(Int32.max) ~= wanted else {
      throw config.error("block_ffn_dim_multiplier", expected: "a number that makes a size of intermediate_size")
    }
    shape.intermediateSize = (Int(wanted) + multiple - 1) / multiple * multiple
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.convolution = try ShortConvolutionKeys.convolution(file, ggufName)
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("attention.sliding_window", .number(0))]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    ShortConvolutionKeys.metadata(shape)
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { ShortConvolutionKeys.obstacle(shape) }
}

/// What families of short convolutions share.
enum ShortConvolutionKeys {
  static let config = ["conv_L_cache", "layer_types", "tie_embedding"]
  static let gguf = ["shortconv.l_cache"]
  static let fixed: [FixedKey] = [("conv_bias", .bool(false))]
  static let sizes = ConfigKeys {
    $0.usualKeyValueHeads = 8
    $0.normEpsilon = "norm_eps"
    $0.activation = nil
    $0.tiesOutput = true
    $0.rotaryBase = 1_000_000
  }
  /// What llama.cpp calls it by an old mistake.
  static let ggufNames: [Role: String] = [.outputNorm: Role.embeddingNorm.ggufName]

  static let names = CheckpointNames(
    before: [
      (.output, "lm_head"), (.tokenEmbedding, "model.embed_tokens"), (.outputNorm, "model.embedding_norm"),
    ],
    blockPrefix: "model.layers.{}.",
    block: [
      (.convolutionTaps, "conv.conv"), (.convolutionInput, "conv.in_proj"), (.convolutionOutput, "conv.out_proj"),
      (.routerCorrection, "feed_forward.correction"), (.expertGate, "feed_forward.experts.{e}.w1"),
      (.expertDown, "feed_forward.experts.{e}.w2"), (.expertUp, "feed_forward.experts.{e}.w3"),
      (.router, "feed_forward.gate"), (.feedForwardGate, "feed_forward.w1"), (.feedForwardDown, "feed_forward.w2"),
      (.feedForwardUp, "feed_forward.w3"), (.feedForwardNorm, "ffn_norm"), (.attentionNorm, "operator_norm"),
      (.attentionKeyNorm, "self_attn.k_layernorm"), (.attentionKey, "self_attn.k_proj"),
      (.attentionOutput, "self_attn.out_proj"), (.attentionQueryNorm, "self_attn.q_layernorm"),
      (.attentionQuery, "self_attn.q_proj"), (.attentionValue, "self_attn.v_proj"),
    ],
    after: []
  ).fusing([
    FusedTensor("feed_forward.expert_bias", [.routerCorrection]),
    FusedTensor("feed_forward.experts.gate_up_proj", [.expertGate, .expertUp]),
    FusedTensor("feed_forward.experts.down_proj", [.expertDown]),
  ])

  static func storage(_ role: Role) -> WeightStorage {
    role == .convolutionTaps ? WeightStorage(isConvolution: true) : .plain
  }

  static func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.convolution = ShortConvolution(
      taps: try config.optionalSize("conv_L_cache") ?? 3, layers: try layers(config, shape.layers))
    // It counts more than the key that all families have; null is as good as false.
    if config.keys.contains("tie_embedding") {
      shape.tiedOutput = try config.optionalBool("tie_embedding") ?? false
    }
  }

  private static func layers(_ config: JSONObject, _ count: Int) throws(CheckpointError) -> [Bool] {
    let indices = try config.optionalIntegers("full_attn_idxs").map { Set($0) }
    // No model has as many layers as a file may claim.
    let implied = (0..<min(count, 65_536)).map { layer in indices.map { !$0.contains(layer) } ?? false }
    guard let types = try config.optionalStrings("layer_types") else { return implied }
    guard types.count == count else {
      throw config.error("layer_types", expected: "one for each of the \(count) layers, not \(types.count)")
    }
    guard types.allSatisfy(["conv", "full_attention"].contains) else {
      throw config.error("layer_types", expected: "conv and full_attention")
    }
    let stated = types.map { $0 == "conv" }
    guard indices == nil || stated == implied else {
      throw config.error("full_attn_idxs", expected: "what layer_types says")
    }
    return stated
  }

  static func convolution(_ file: GGUFFile, _ prefix: String) throws(CheckpointError) -> ShortConvolution {
    ShortConvolution(
      taps: try file.metadata.size("\(prefix).shortconv.l_cache"),
      layers: try LayerNumbers.others(file.metadata, prefix))
  }

  static func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    shape.choices.convolution.map { [("shortconv.l_cache", .uint32(UInt32($0.taps)))] } ?? []
  }

  static func obstacle(_ shape: DecoderShape) -> String? {
    if shape.heads * shape.headSize != shape.hiddenSize {
      return "found \(shape.heads) heads of \(shape.headSize) components, expected \(shape.hiddenSize) components "
        + "in all, as llama.cpp does in this family"
    }
    guard let taps = shape.choices.convolution?.taps, taps < 2 else { return nil }
    return "found conv_L_cache \(taps), expected 2 or more, as llama.cpp does"
  }
}
