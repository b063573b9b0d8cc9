/// GPT-2: layer norms, learned positions, biases everywhere, and matrices stored on their side.
///
/// Keys: `transformers` configuration_gpt2; names and metadata: llama.cpp `conversion/gpt2.py`.
struct GPT2: Architecture {
  var ggufName: String { "gpt2" }
  var huggingFaceNames: [String] { ["GPT2LMHeadModel"] }
  var modelTypes: [String] { ["gpt2"] }
  var fixedKeys: [FixedKey] {
    [
      ("scale_attn_by_inverse_layer_idx", .bool(false)), ("scale_attn_weights", .bool(true)),
      ("add_cross_attention", .bool(false)),
    ]
  }
  var basePrefix: String? { "transformer." }
  // Masks of triangular shape.
  var redundantEndings: [String] { [".attn.bias", ".attn.masked_bias"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.layers = "n_layer"
      $0.hidden = "n_embd"
      $0.intermediate = "n_inner"
      $0.widening = 4
      $0.heads = "n_head"
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.context = "n_positions"
      $0.normEpsilon = "layer_norm_epsilon"
      $0.activation = "activation_function"
      $0.activations = [.geluTanh, .gelu]
      $0.tiesOutput = true
      $0.otherNames = [
        "hidden_size": "n_embd", "max_position_embeddings": "n_positions", "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
      ]
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.position = .learned
      $0.biases = Role.biasesOfMatrices
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [
        (.output, "lm_head"), (.tokenEmbedding, "transformer.wte"), (.positionEmbedding, "transformer.wpe"),
      ],
      blockPrefix: "transformer.h.{}.",
      block: [
        (.attentionNorm, "ln_1"), (.attentionQueryKeyValue, "attn.c_attn"), (.attentionOutput, "attn.c_proj"),
        (.feedForwardNorm, "ln_2"), (.feedForwardUp, "mlp.c_fc"), (.feedForwardDown, "mlp.c_proj"),
      ],
      after: [(.outputNorm, "transformer.ln_f")])
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    let lying: Set<Role> = [.attentionQueryKeyValue, .attentionOutput, .feedForwardUp, .feedForwardDown]
    return lying.contains(role) ? .transposed : .plain
  }
}
