import Checkpoints

/// ERNIE 4.5 with experts, chosen by a softmax and a correction, beside one for every token, behind some layers without any.
///
/// Keys: `transformers` configuration_ernie4_5_moe; names and metadata: llama.cpp `conversion/ernie.py`.
struct ERNIEMoE: Architecture {
  var ggufName: String { "ernie4_5-moe" }
  var huggingFaceNames: [String] { ["Ernie4_5_MoeForCausalLM"] }
  var modelTypes: [String] { ["ernie4_5_moe"] }
  var biasKeys: [BiasKey] { ERNIE.biasKeys }
  // Every layer behind the first ones has experts.
  var fixedKeys: [FixedKey] { [("moe_layer_interval", .number(1))] }
  var adjustingKeys: [String] { ["moe_layer_end_index", "head_dim"] }
  var adjustingGGUFKeys: [String] { ["expert_shared_feed_forward_length"] }
  var turnsNeighbours: Bool { true }
  var configKeys: ConfigKeys {
    var keys = ERNIE().configKeys
    keys.usualKeyValueHeads = 4
    keys.headSize = nil
    keys.otherNames = ["num_experts_per_tok": "moe_k"]
    return keys
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "moe_num_experts"
      $0.olderCount = "num_experts"
      $0.used = "moe_k"
      $0.sharedCount = "moe_num_shared_experts"
      $0.gatesShared = false
      $0.denseLayers = "moe_layer_start_index"
      $0.hasCorrection = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    DeepRouter.names.fusing(
      SparseNames.fused + [FusedTensor("mlp.moe_statics.e_score_correction_bias", [.routerCorrection], isRow: true)])
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.dimension_sections", .nothing), ("interleave_moe_layer_step", .number(1))]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    let last = try config.optionalInteger("moe_layer_end_index") ?? -1
    guard last == -1 || last == shape.layers - 1 else {
      throw config.error("moe_layer_end_index", expected: "\(shape.layers - 1) or -1: the last layer has experts")
    }
    guard try config.optionalSize("head_dim") ?? shape.headSize == shape.headSize else {
      throw config.error("head_dim", expected: "\(shape.headSize), which hidden_size and num_attention_heads make")
    }
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    let shared = shape.choices.experts?.sharedSize.map { size in
      [(key: "expert_shared_feed_forward_length", value: GGUFValue.uint32(UInt32(size)))]
    }
    return [("interleave_moe_layer_step", .uint32(1))] + (shared ?? [])
  }
}
