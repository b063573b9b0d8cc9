import Checkpoints

/// Phi 1, 1.5 and 2: attention and feed-forward side by side behind one norm, positions in a part of each head, and biases
/// everywhere, of the output matrix too.
///
/// Keys: `transformers` configuration_phi; names and metadata: llama.cpp `conversion/phi.py`.
struct Phi: Architecture {
  var ggufName: String { "phi2" }
  var huggingFaceNames: [String] { ["PhiForCausalLM"] }
  var modelTypes: [String] { ["phi"] }
  // Norms of each head with weights of its own are not known.
  var fixedKeys: [FixedKey] { [("qk_layernorm", .bool(false)), ("tie_word_embeddings", .bool(false))] }
  var ggufOutput: GGUFOutput { .untied }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.normEpsilon = "layer_norm_eps"
      $0.usualNormEpsilon = 1e-5
      $0.activations = [.geluTanh]
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.5
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.biases = Role.biasesOfMatrices.union([.outputBias])
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, isParallel: true, sharesNorm: true).attention().feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    var names = CheckpointNames.llama.replacing([
      .attentionOutput: "self_attn.dense", .feedForwardUp: "mlp.fc1", .feedForwardDown: "mlp.fc2",
    ])
    names.after = [(.outputNorm, "model.final_layernorm")]
    return names
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { Missing.otherHeads(shape, ggufName) }
}
