/// Mistral and Ministral: Llama with a window of the last tokens, in all layers (Mistral's first version) or in some.
///
/// Keys: `transformers` configuration_mistral and configuration_ministral, which it takes for a Mistral with `layer_types`; in GGUF files it is a Llama (`conversion/llama.py`).
struct Mistral: Architecture {
  var ggufName: String { "llama" }
  var huggingFaceNames: [String] { ["MistralForCausalLM", "MinistralForCausalLM"] }
  var modelTypes: [String] { ["mistral", "ministral"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.windows = WindowKeys(usual: 4096, layers: [true])
    }
  }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
}
