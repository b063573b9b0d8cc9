/// Llama 1 to 3.x, and every checkpoint that calls itself one.
///
/// Keys: `transformers` configuration_llama; names, row order and metadata: llama.cpp `conversion/llama.py`.
struct Llama: Architecture {
  var ggufName: String { "llama" }
  var huggingFaceNames: [String] { ["LlamaForCausalLM"] }
  var modelTypes: [String] { ["llama"] }
  var biasKeys: [BiasKey] { [.attention, .feedForward] }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var ggufReadsBiases: Bool { true }
}
