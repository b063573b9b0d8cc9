import Checkpoints

/// GPT-2: layer norms, learned positions, biases everywhere, and matrices stored on their side.
///
/// Keys: `transformers` configuration_gpt2; names and metadata: llama.cpp `conversion/gpt2.py`.
package struct GPT2: Architecture {
  package init() {}

  package var ggufName: String { "gpt2" }
  package var huggingFaceNames: [String] { ["GPT2LMHeadModel"] }
  package var modelTypes: [String] { ["gpt2"] }
  package var adjustingKeys: [String] {
    ["scale_attn_by_inverse_layer_idx", "scale_attn_weights", "add_cross_attention"]
  }
  package var basePrefix: String? { "transformer." }
  // Masks of triangular shape.
  package var redundantEndings: [String] { [".attn.bias", ".attn.masked_bias"] }
  package var configKeys: ConfigKeys {
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
  package var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.position = .learned
      $0.biases = [.attentionQueryKeyValueBias, .attentionOutputBias, .feedForwardUpBias, .feedForwardDownBias]
    }
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).feedForward().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
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

  package func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    let lying: Set<Role> = [.attentionQueryKeyValue, .attentionOutput, .feedForwardUp, .feedForwardDown]
    return lying.contains(role) ? .transposed : .plain
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] where try config.optionalBool(key) ?? false {
      throw config.error(key, expected: "false")
    }
    guard try config.optionalBool("scale_attn_weights") ?? true else {
      throw config.error("scale_attn_weights", expected: "true")
    }
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? { GELU.obstacle(shape) }
}

/// The activation that llama.cpp computes in families with a plain one.
enum GELU {
  /// llama.cpp's is the approximation; that the exact one differs by up to 0.0005 is what its converter accepts too.
  static func obstacle(_ shape: DecoderShape) -> String? {
    shape.choices.activation == .silu ? "found silu, expected one of the gelu activations" : nil
  }
}
