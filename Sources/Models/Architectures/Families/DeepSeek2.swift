import Checkpoints

/// DeepSeek V2: latent attention, and experts chosen by a softmax, perhaps within the best groups, beside some for every token.
///
/// Keys: `transformers` configuration_deepseek_v2, and of published files; names and metadata: llama.cpp `conversion/deepseek.py`.
struct DeepSeek2: Architecture {
  var ggufName: String { "deepseek2" }
  var huggingFaceNames: [String] { ["DeepseekV2ForCausalLM"] }
  var modelTypes: [String] { ["deepseek_v2"] }
  var biasKeys: [BiasKey] { DeepSeek3().biasKeys + [.feedForward] }
  var adjustingKeys: [String] { DeepSeek3().adjustingKeys }
  // transformers never brings weights to a sum of 1 here.
  var fixedKeys: [FixedKey] {
    [("moe_layer_freq", .number(1)), ("norm_topk_prob", .bool(false)), ("scoring_func", .string("softmax"))]
  }
  var ggufIgnoresTurns: Bool { true }
  var configKeys: ConfigKeys { DeepSeek3().configKeys }
  var latentKeys: LatentAttentionKeys? { LatentAttentionKeys(usualQueryRank: 1536) }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "n_routed_experts"
      $0.olderCount = "num_experts"
      $0.sharedCount = "n_shared_experts"
      $0.gatesShared = false
      $0.denseLayers = "first_k_dense_replace"
      $0.scale = "routed_scaling_factor"
      $0.groups = ("n_group", "topk_group")
      $0.normalizes = .never
      $0.ggufSaysScores = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { DeepSeek3().block(shape, layer: layer) }

  func names(_ shape: DecoderShape) -> CheckpointNames { LatentNames.names(shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try DeepSeek3.check(config, shape)
    switch try config.optionalString("topk_method") ?? "greedy" {
    case "greedy": shape.choices.experts?.groups = nil
    case "group_limited_greedy": break
    default: throw config.error("topk_method", expected: "greedy or group_limited_greedy")
    }
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    DeepSeek3().expectedGGUFKeys(shape)
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { LatentNames.ggufObstacle(shape) }

  func ggufRemark(_ shape: DecoderShape) -> String? {
    let groups = shape.choices.experts?.groups.map { _ in
      "llama.cpp judges a group of experts by its two best, the model by the best alone: the two differ"
    }
    return [groups, turnsRemark(shape)].compactMap { $0 }.first
  }
}
