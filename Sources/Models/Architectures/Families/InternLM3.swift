import Checkpoints

/// InternLM 3: Llama under another name.
///
/// Keys: `transformers` configuration_internlm3; in GGUF files it is a Llama (`conversion/internlm.py`).
struct InternLM3: Architecture {
  var ggufName: String { "llama" }
  var huggingFaceNames: [String] { ["InternLM3ForCausalLM", "LlamaForCausalLM"] }
  var modelTypes: [String] { ["internlm3"] }
  var biasKeys: [BiasKey] {
    [
      .attention, .feedForward, BiasKey(name: "qkv_bias", roles: BiasKey.attention.roles),
      BiasKey(name: "bias", roles: BiasKey.feedForward.roles),
    ]
  }
  var ggufReadsBiases: Bool { true }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.usualHeadSize = 128
      $0.otherNames = ["qkv_bias": "attention_bias", "bias": "mlp_bias"]
    }
  }
}
