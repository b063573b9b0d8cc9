import Checkpoints

/// MPT: scores that fall with the distance in the place of positions, layer norms without biases, and no other biases either.
///
/// Keys: `transformers` configuration_mpt; names and metadata: llama.cpp `conversion/mpt.py`.
struct MPT: Architecture {
  var ggufName: String { "mpt" }
  var huggingFaceNames: [String] { ["MPTForCausalLM", "MptForCausalLM"] }
  var modelTypes: [String] { ["mpt"] }
  // transformers leaves these out, and the program that the models come from does not.
  var fixedKeys: [FixedKey] { [("no_bias", .bool(true)), ("expansion_ratio", .number(4)), ("logit_scale", .nothing)] }
  var adjustingKeys: [String] { ["attn_config"] }
  var adjustingGGUFKeys: [String] { ["attention.max_alibi_bias"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.layers = "n_layers"
      $0.hidden = "d_model"
      $0.intermediate = nil
      $0.widening = 4
      $0.heads = "n_heads"
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.context = "max_seq_len"
      $0.normEpsilon = "layer_norm_epsilon"
      $0.usualNormEpsilon = 1e-5
      $0.activation = nil
      $0.activations = [.gelu]
      $0.tiesOutput = true
      $0.otherNames = ["hidden_size": "d_model", "num_attention_heads": "n_heads", "num_hidden_layers": "n_layers"]
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layerWithoutBias
      $0.position = .linearBias(maximum: 8)
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [(.output, "lm_head"), (.tokenEmbedding, "transformer.wte")], blockPrefix: "transformer.blocks.{}.",
      block: [
        (.attentionNorm, "norm_1"), (.attentionQueryKeyValue, "attn.Wqkv"), (.attentionOutput, "attn.out_proj"),
        (.feedForwardNorm, "norm_2"), (.feedForwardUp, "ffn.up_proj"), (.feedForwardDown, "ffn.down_proj"),
      ],
      after: [(.outputNorm, "transformer.norm_f")])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let attention = try config.optionalObject("attn_config") else { return }
    guard try attention.optionalBool("alibi") ?? true else { throw attention.error("alibi", expected: "true") }
    guard try attention.optionalNumber("alibi_bias_max") ?? 8 == 8 else {
      throw attention.error("alibi_bias_max", expected: "8")
    }
    for key in ["prefix_lm", "qk_ln"] where try attention.optionalBool(key) ?? false {
      throw attention.error(key, expected: "false")
    }
    for key in ["clip_qkv", "softmax_scale"] where attention.has(key) {
      throw attention.error(key, expected: "nothing")
    }
    if try attention.optionalString("attn_type") ?? "multihead_attention" != "multihead_attention" {
      throw attention.error("attn_type", expected: "multihead_attention")
    }
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("attention.clamp_kqv", .decimal(0))]
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let key = "mpt.attention.max_alibi_bias"
    let maximum = try file.metadata.positiveNumber(key)
    shape.choices.position = .linearBias(maximum: Float(maximum))
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard case .linearBias(let maximum) = shape.choices.position else { return [] }
    return [("attention.max_alibi_bias", .float32(maximum))]
  }
}
