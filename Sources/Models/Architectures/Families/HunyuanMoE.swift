import Checkpoints

/// Hunyuan with experts: the one of one part with experts beside one for every token, in all layers, each as wide as that one.
///
/// Keys: `transformers` configuration_hunyuan_v1_moe; names and metadata: llama.cpp `conversion/hunyuan.py`.
struct HunyuanMoE: Architecture {
  var ggufName: String { "hunyuan-moe" }
  var huggingFaceNames: [String] { ["HunYuanMoEV1ForCausalLM"] }
  var modelTypes: [String] { ["hunyuan_v1_moe"] }
  // Published files have these keys: the program that they came with reads them, and transformers does not.
  var fixedKeys: [FixedKey] {
    [
      ("use_qk_norm", .bool(true)), ("use_cla", .bool(false)), ("use_mixed_mlp_moe", .bool(true)),
      ("moe_layer_num_skipped", .number(0)),
    ]
  }
  var biasKeys: [BiasKey] { HunyuanDense().biasKeys }
  var adjustingKeys: [String] { [Self.width, Self.sharedCount] }
  var adjustingGGUFKeys: [String] { [Self.ggufSharedCount, "expert_feed_forward_length"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.growsBase = true
      $0.otherNames = ["num_experts_per_tok": "moe_topk"]
    }
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.olderCount = "num_local_experts"
      $0.used = "moe_topk"
      $0.size = "intermediate_size"
      $0.sharedSize = "intermediate_size"
      $0.sharedMayMiss = true
      $0.gatesShared = false
      $0.mayBeLists = true
    }
  }

  /// What the program says that published files came with: how wide experts are, and how many make up the one for every token.
  private static let (width, sharedCount) = ("moe_intermediate_size", "num_shared_expert")
  private static let ggufSharedCount = "expert_shared_count"

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachTurnedHead).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    HunyuanDense.names.replacing([.router: "mlp.gate.wg"])
      .adding([
        (.sharedGate, "mlp.shared_mlp.gate_proj"), (.sharedUp, "mlp.shared_mlp.up_proj"),
        (.sharedDown, "mlp.shared_mlp.down_proj"),
      ])
      .fusing(SparseNames.fused)
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    for (key, expected, reason) in [
      (Self.width, shape.intermediateSize, ", as intermediate_size says: transformers makes experts as wide as that"),
      (Self.sharedCount, 1, ": transformers knows one expert that every token goes to, as wide as the others"),
    ] {
      guard config.has(key), try config.uniformSize(key) != expected else { continue }
      throw config.error(key, expected: "\(expected)\(reason)")
    }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    // As llama.cpp has it where nothing is said.
    guard shape.choices.experts?.sharedSize == nil else { return }
    shape.choices.experts?.sharedSize = shape.intermediateSize
  }

  /// llama.cpp makes experts as wide as other layers would be.
  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [(Self.ggufSharedCount, .number(1)), ("expert_feed_forward_length", .number(shape.intermediateSize))]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [(Self.ggufSharedCount, .uint32(1)), ("expert_feed_forward_length", .uint32(UInt32(shape.intermediateSize)))]
  }
}
