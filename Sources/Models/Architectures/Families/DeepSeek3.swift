import Checkpoints

/// DeepSeek V3, R1 and Kimi K2: latent attention, and experts chosen by sigmoids and a correction, within the best groups, beside some
/// for every token.
///
/// Keys: `transformers` configuration_deepseek_v3, and of published files; names and metadata: llama.cpp `conversion/deepseek.py`.
struct DeepSeek3: Architecture {
  var ggufName: String { "deepseek2" }
  var huggingFaceNames: [String] { ["DeepseekV3ForCausalLM"] }
  var modelTypes: [String] { ["deepseek_v3", "kimi_k2"] }
  var biasKeys: [BiasKey] {
    [
      BiasKey(
        name: "attention_bias", roles: [.attentionQueryDownBias, .attentionKeyValueDownBias, .attentionOutputBias])
    ]
  }
  var adjustingKeys: [String] {
    ["head_dim", "qk_head_dim", "num_key_value_heads", "topk_method", "num_nextn_predict_layers"]
  }
  var fixedKeys: [FixedKey] {
    [
      ("rope_interleave", .bool(true)), ("moe_layer_freq", .number(1)), ("scoring_func", .string("sigmoid")),
      ("topk_method", .string("noaux_tc")),
    ]
  }
  var ggufIgnoresTurns: Bool { true }
  var mayHaveDraftBlocks: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.headSize = nil
      $0.knowsMagnitudes = true
    }
  }
  var latentKeys: LatentAttentionKeys? { LatentAttentionKeys(usualQueryRank: 1536) }
  var expertKeys: ExpertKeys? { DeepRouter.normalizingKeys }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    guard let latent = shape.choices.latent else { preconditionFailure("a family of latent attention without it") }
    return BlockBuilder(shape, layer: layer).latentAttention(latent).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { LatentNames.names(shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Self.check(config, shape)
    // In transformers null is as good as false.
    if config.keys.contains("rope_interleave"), !config.has("rope_interleave") {
      throw config.error("rope_interleave", expected: "true")
    }
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    // Of Mistral Large 3.
    [("attention.temperature_scale", .decimal(0)), ("attention.temperature_length", .number(0))]
  }

  /// Files of DeepSeek V2 have the same name: what llama.cpp takes missing keys for is what that has.
  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.latent?.normEpsilon = shape.normEpsilon
    guard var experts = shape.choices.experts else { return }
    experts.hasCorrection = file.has("blk.\(experts.denseLayers).exp_probs_b.bias")
    if file.metadata.value("\(ggufName).expert_gating_func") == nil { experts.scores = .softmax }
    experts.groups?.judgedBy = 2
    experts.normalizesWeights = try file.metadata.optionalBool("\(ggufName).expert_weights_norm") ?? false
    shape.choices.experts = experts
  }

  /// What follows from other keys may say nothing else.
  static func check(_ config: JSONObject, _ shape: DecoderShape) throws(CheckpointError) {
    guard try config.optionalSize("num_key_value_heads") ?? shape.heads == shape.heads else {
      throw config.error("num_key_value_heads", expected: "\(shape.heads), as many as heads of queries")
    }
    guard let latent = shape.choices.latent else { return }
    for (key, size, why) in [
      ("head_dim", latent.turningSize, "qk_rope_head_dim says"),
      ("qk_head_dim", latent.headSize, "qk_nope_head_dim and qk_rope_head_dim say"),
    ] {
      guard try config.optionalSize(key) ?? size == size else {
        throw config.error(key, expected: "\(size), as \(why)")
      }
    }
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { LatentNames.ggufObstacle(shape) }

  func ggufRemark(_ shape: DecoderShape) -> String? { turnsRemark(shape) }
}

/// What families of latent attention share.
enum LatentNames {
  static func names(_ shape: DecoderShape) -> CheckpointNames {
    var names = DeepRouter.names.adding([
      (.attentionQueryDown, "self_attn.q_a_proj"), (.attentionQueryDownNorm, "self_attn.q_a_layernorm"),
      (.attentionQueryUp, "self_attn.q_b_proj"), (.attentionKeyValueDown, "self_attn.kv_a_proj_with_mqa"),
      (.attentionKeyValueDownNorm, "self_attn.kv_a_layernorm"), (.attentionKeyUp, "self_attn.kv_b_proj.keys.{e}"),
      (.attentionValueUp, "self_attn.kv_b_proj.values"),
    ])
    if let latent = shape.choices.latent {
      names.fused.append(
        FusedTensor(
          "self_attn.kv_b_proj.weight", [.attentionKeyUp, .attentionValueUp],
          headRows: (keys: latent.plainSize, values: latent.valueSize)))
    }
    return names
  }

  /// llama.cpp tells models whose queries come from the stream by how many layers they have.
  static func ggufObstacle(_ shape: DecoderShape) -> String? {
    guard let latent = shape.choices.latent else { return nil }
    let isLite =
      shape.layers == 26 || shape.layers == 27 || (shape.layers == 48 && shape.vocabularySize == 128_256)
    guard isLite == (latent.queryRank == nil) else {
      let found = latent.queryRank.map { "\($0)" } ?? "null"
      return "found q_lora_rank \(found) in a model of \(shape.layers) layers, for which llama.cpp "
        + (isLite ? "reads none" : "expects one")
    }
    // In folders those have one of their own, whatever rms_norm_eps says.
    guard latent.normEpsilon == shape.normEpsilon else {
      return "found rms_norm_eps \(shape.normEpsilon), expected \(latent.normEpsilon), which norms of compressed "
        + "queries, keys and values have: llama.cpp takes one for all"
    }
    return nil
  }
}
