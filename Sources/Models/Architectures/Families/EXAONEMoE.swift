import Checkpoints

/// K-EXAONE: a norm over each head of queries and keys, windows in three of four layers, no positions in the others, and experts as
/// DeepSeek V3 chooses them, behind some layers without any.
///
/// Keys: `transformers` configuration_exaone_moe; names and metadata: llama.cpp `conversion/exaone.py`.
struct EXAONEMoE: Architecture {
  var ggufName: String { "exaone-moe" }
  var huggingFaceNames: [String] { ["ExaoneMoeForCausalLM", "ExaoneMoEForCausalLM"] }
  var modelTypes: [String] { ["exaone_moe"] }
  // Published files have the key, and transformers does not read it.
  var fixedKeys: [FixedKey] { [("scoring_func", .string("sigmoid"))] }
  var adjustingKeys: [String] { ["sliding_window", "sliding_window_pattern", "layer_types", "mlp_layer_types"] }
  var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "expert_shared_feed_forward_length"]
  }
  var ggufReadsDivisors: Bool { true }
  var ggufOutput: GGUFOutput { .untied }
  var draftModules: [String] { ["mtp"] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }
  var expertKeys: ExpertKeys? {
    var keys = DeepRouter.normalizingKeys
    (keys.count, keys.olderCount, keys.sharedCount) = ("num_experts", nil, "num_shared_experts")
    return keys
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    DeepRouter.names.fusing(
      SparseNames.fused + [FusedTensor("mlp.e_score_correction_bias", [.routerCorrection])])
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.freq_base_swa", .decimal(shape.rotary.base))]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let size = try config.window(fallback: 4096) else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.attention = try config.windowedLayers(
      layers: shape.layers, window: AttentionRule(window: size), others: AttentionRule(positions: .none), every: 4)
    guard let kinds = try config.optionalStrings("mlp_layer_types"), let experts = shape.choices.experts else { return }
    let isImplied = kinds.indices.allSatisfy { kinds[$0] == ($0 < experts.denseLayers ? "dense" : "sparse") }
    guard kinds.count == shape.layers, isImplied else {
      throw config.error(
        "mlp_layer_types",
        expected: "dense for the first_k_dense_replace first layers, \(experts.denseLayers), and then sparse")
    }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try shape.readWindows(
      file, ggufName, usual: [true, true, true, false], fallback: 128, others: AttentionRule(positions: .none))
    if let size = try file.metadata.optionalSize("\(ggufName).expert_shared_feed_forward_length") {
      shape.choices.experts?.sharedSize = size
    }
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries = shape.unscaledPositions
    if let size = shape.choices.window {
      entries += [
        ("attention.sliding_window", .uint32(UInt32(size))), ("attention.sliding_window_pattern", shape.windowPattern),
      ]
    }
    if let size = shape.choices.experts?.sharedSize {
      entries.append(("expert_shared_feed_forward_length", .uint32(UInt32(size))))
    }
    return entries
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.choices.window == nil
      ? "found no layer with a window, of which llama.cpp wants the size in models of type \(ggufName)" : nil
  }
}
