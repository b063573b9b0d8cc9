import Checkpoints

/// Falcon 7B, 11B, 40B and 180B: attention and feed-forward side by side, and queries, keys and values in one matrix, with one head of
/// keys or, in the newer ones, with the heads that share one of keys next to it.
///
/// Keys: `transformers` configuration_falcon; names and metadata: llama.cpp `conversion/falcon.py`.
struct Falcon: Architecture {
  var ggufName: String { "falcon" }
  var huggingFaceNames: [String] { ["FalconForCausalLM"] }
  var modelTypes: [String] { ["falcon"] }
  var biasKeys: [BiasKey] {
    [
      BiasKey(
        name: "bias",
        roles: [.attentionQueryKeyValueBias, .attentionOutputBias, .feedForwardUpBias, .feedForwardDownBias])
    ]
  }
  var fixedKeys: [FixedKey] { [("alibi", .bool(false)), ("parallel_attn", .bool(true))] }
  var adjustingKeys: [String] {
    ["new_decoder_architecture", "multi_query", "num_kv_heads", "num_ln_in_parallel_attn", "parallel_attn", "head_dim"]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.intermediate = "ffn_hidden_size"
      $0.widening = 4
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.usualContext = 2048
      $0.normEpsilon = "layer_norm_epsilon"
      $0.usualNormEpsilon = 1e-5
      $0.activation = "activation"
      $0.activations = [.gelu, .geluTanh]
      $0.tiesOutput = true
      $0.otherNames = ["n_embed": "hidden_size"]
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.activation = .gelu
      $0.isParallel = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, isParallel: true, sharesNorm: shape.choices.sharesNorm)
      .attention(isFused: true).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [(.output, "lm_head"), (.tokenEmbedding, "transformer.word_embeddings")],
      blockPrefix: "transformer.h.{}.",
      block: [
        (.attentionNorm, shape.choices.sharesNorm ? "input_layernorm" : "ln_attn"),
        (.attentionQueryKeyValue, "self_attention.query_key_value"), (.attentionOutput, "self_attention.dense"),
        (.feedForwardNorm, "ln_mlp"), (.feedForwardUp, "mlp.dense_h_to_4h"), (.feedForwardDown, "mlp.dense_4h_to_h"),
      ],
      after: [(.outputNorm, "transformer.ln_f")])
  }

  private static let secondNorm = "blk.{}.attn_norm_2"

  /// The norm of both is called like that of the feed-forward layer where each has its own.
  func ggufNames(_ shape: DecoderShape) -> [Role: String] {
    guard !shape.choices.sharesNorm else { return [:] }
    let first = Role.attentionNorm.ggufName
    return [
      .attentionNorm: Self.secondNorm, .attentionNormBias: Self.secondNorm, .feedForwardNorm: first,
      .feedForwardNormBias: first,
    ]
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    let joined: Set<Role> = [.attentionQueryKeyValue, .attentionQueryKeyValueBias]
    guard joined.contains(role), shape.keyValueHeads > 1 else { return .plain }
    return .reordered(
      .joinedHeads(headSize: shape.headSize, queriesPerKey: shape.heads / shape.keyValueHeads))
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    // In transformers null is as good as false.
    for key in ["parallel_attn", "multi_query"] where config.keys.contains(key) && !config.has(key) {
      throw config.error(key, expected: "true")
    }
    guard try config.optionalSize("head_dim") ?? shape.headSize == shape.headSize else {
      throw config.error("head_dim", expected: "\(shape.headSize), which hidden_size and num_attention_heads make")
    }
    let norms = try config.optionalInteger("num_ln_in_parallel_attn")
    guard try config.optionalBool("new_decoder_architecture") ?? false else {
      guard try config.optionalBool("multi_query") ?? true else {
        throw config.error("multi_query", expected: "true, or new_decoder_architecture")
      }
      guard norms != 2 else {
        throw config.error("num_ln_in_parallel_attn", expected: "1 without new_decoder_architecture")
      }
      (shape.keyValueHeads, shape.choices.sharesNorm) = (1, true)
      return
    }
    guard 1...2 ~= norms ?? 2 else { throw config.error("num_ln_in_parallel_attn", expected: "1 or 2") }
    shape.choices.sharesNorm = norms == 1
    shape.keyValueHeads = try config.optionalSize("num_kv_heads") ?? shape.heads
    guard shape.heads % shape.keyValueHeads == 0 else {
      throw config.error("num_kv_heads", expected: "a divisor of num_attention_heads, \(shape.heads)")
    }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.sharesNorm = !file.has("\(Self.secondNorm.replacing("{}", with: "0")).weight")
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("tensor_data_layout", .string(Self.layout))]
  }

  private static let layout = "jploski"

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [("tensor_data_layout", .string(Self.layout))]
  }
}
