/// StarCoder 2: Llama's attention with layer norms, one plain feed-forward layer, and biases everywhere.
///
/// Keys: `transformers` configuration_starcoder2; names and metadata: llama.cpp `conversion/starcoder.py`.
struct Starcoder2: Architecture {
  var ggufName: String { "starcoder2" }
  var huggingFaceNames: [String] { ["Starcoder2ForCausalLM"] }
  var modelTypes: [String] { ["starcoder2"] }
  var fixedKeys: [FixedKey] { [("use_bias", .bool(true))] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.normEpsilon = "norm_epsilon"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.windows = WindowKeys()
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.biases = Role.biasesOfMatrices
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([.feedForwardUp: "mlp.c_fc", .feedForwardDown: "mlp.c_proj"])
  }
}
