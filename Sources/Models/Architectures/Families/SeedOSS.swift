import Checkpoints

/// Seed-OSS: Llama with biases on queries, keys and values, and another name for a norm in GGUF files.
///
/// Keys: `transformers` configuration_seed_oss; names and metadata: llama.cpp `conversion/olmo.py`.
struct SeedOSS: Architecture {
  var ggufName: String { "seed_oss" }
  var huggingFaceNames: [String] { ["SeedOssForCausalLM"] }
  var modelTypes: [String] { ["seed_oss"] }
  var biasKeys: [BiasKey] {
    [
      .inputs("attention_bias", isUsual: true), BiasKey(name: "attention_out_bias", roles: [.attentionOutputBias]),
      .feedForward,
    ]
  }
  var ggufReadsBiases: Bool { true }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { [.feedForwardNorm: Role.attentionPostNorm.ggufName] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 128
    }
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.choices.biases.isSubset(of: Qwen2().choices.biases)
      ? nil : "found attention_out_bias or mlp_bias, for which llama.cpp has no tensors in models of type seed_oss"
  }
}
