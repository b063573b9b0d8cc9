import Checkpoints

/// GPT-NeoX and Pythia: attention and feed-forward side by side, positions in a part of each head, and queries, keys and
/// values of each head together in one matrix.
///
/// Keys: `transformers` configuration_gpt_neox; names and metadata: llama.cpp `conversion/gptneox.py`.
struct GPTNeoX: Architecture {
  var ggufName: String { "gptneox" }
  var huggingFaceNames: [String] { ["GPTNeoXForCausalLM"] }
  var modelTypes: [String] { ["gpt_neox"] }
  var fixedKeys: [FixedKey] { [("attention_bias", .bool(true))] }
  var adjustingKeys: [String] { ["use_parallel_residual", "head_dim"] }
  var ggufOutput: GGUFOutput { .untied }
  var redundantEndings: [String] {
    [".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.normEpsilon = "layer_norm_eps"
      $0.activations = [.gelu, .geluTanh]
      $0.rotaryShare = "rotary_pct"
      $0.usualRotaryShare = 0.25
      $0.rotaryBaseKey = "rotary_emb_base"
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.isParallel = true
      $0.activation = .gelu
      $0.biases = Role.biasesOfMatrices
    }
  }

  var adjustingGGUFKeys: [String] { ["use_parallel_residual"] }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, isParallel: shape.choices.isParallel).attention(isFused: true).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [(.output, "embed_out"), (.tokenEmbedding, "gpt_neox.embed_in")],
      blockPrefix: "gpt_neox.layers.{}.",
      block: [
        (.attentionNorm, "input_layernorm"), (.attentionQueryKeyValue, "attention.query_key_value"),
        (.attentionOutput, "attention.dense"), (.feedForwardNorm, "post_attention_layernorm"),
        (.feedForwardUp, "mlp.dense_h_to_4h"), (.feedForwardDown, "mlp.dense_4h_to_h"),
      ],
      after: [(.outputNorm, "gpt_neox.final_layer_norm")])
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    let joined: Set<Role> = [.attentionQueryKeyValue, .attentionQueryKeyValueBias]
    return joined.contains(role) ? .reordered(.joinedHeads(headSize: shape.headSize)) : .plain
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.isParallel = try config.optionalBool("use_parallel_residual") ?? true
    guard try config.optionalSize("head_dim") ?? shape.headSize == shape.headSize else {
      throw config.error("head_dim", expected: "\(shape.headSize), which hidden_size and num_attention_heads make")
    }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.isParallel = try file.metadata.bool("gptneox.use_parallel_residual")
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [("use_parallel_residual", .bool(shape.choices.isParallel))]
  }
}
