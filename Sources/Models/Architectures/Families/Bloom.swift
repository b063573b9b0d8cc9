import Checkpoints

/// BLOOM: scores that fall with the distance in the place of positions, a norm over the embeddings, and queries, keys and values of
/// each head together in one matrix.
///
/// Keys: `transformers` configuration_bloom; names and metadata: llama.cpp `conversion/bloom.py`.
struct Bloom: Architecture {
  var ggufName: String { "bloom" }
  var huggingFaceNames: [String] { ["BloomForCausalLM"] }
  var modelTypes: [String] { ["bloom"] }
  var fixedKeys: [FixedKey] { [("apply_residual_connection_post_layernorm", .bool(false))] }
  var basePrefix: String? { "transformer." }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.layers = "n_layer"
      $0.intermediate = nil
      $0.widening = 4
      $0.heads = "n_head"
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.context = "seq_length"
      $0.usualContext = 2048
      $0.normEpsilon = "layer_norm_epsilon"
      $0.activation = nil
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.otherNames = ["n_embed": "hidden_size", "num_attention_heads": "n_head", "num_hidden_layers": "n_layer"]
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.position = .linearBias(maximum: 8)
      $0.biases = [.attentionQueryKeyValueBias, .attentionOutputBias, .feedForwardUpBias, .feedForwardDownBias]
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [
        (.output, "lm_head"), (.tokenEmbedding, "transformer.word_embeddings"),
        (.embeddingNorm, "transformer.word_embeddings_layernorm"),
      ],
      blockPrefix: "transformer.h.{}.",
      block: [
        (.attentionNorm, "input_layernorm"), (.attentionQueryKeyValue, "self_attention.query_key_value"),
        (.attentionOutput, "self_attention.dense"), (.feedForwardNorm, "post_attention_layernorm"),
        (.feedForwardUp, "mlp.dense_h_to_4h"), (.feedForwardDown, "mlp.dense_4h_to_h"),
      ],
      after: [(.outputNorm, "transformer.ln_f")])
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { GPTNeoX().storage(role, shape) }
}
