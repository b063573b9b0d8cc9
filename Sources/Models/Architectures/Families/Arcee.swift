import Checkpoints

/// Arcee's AFM: Llama with a plain feed-forward layer through a squared ReLU.
///
/// Keys: `transformers` configuration_arcee; names, row order and metadata: llama.cpp `conversion/llama.py`.
struct Arcee: Architecture {
  var ggufName: String { "arcee" }
  var huggingFaceNames: [String] { ["ArceeForCausalLM"] }
  var modelTypes: [String] { ["arcee"] }
  var biasKeys: [BiasKey] { [.attention, .feedForward] }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var configKeys: ConfigKeys { ConfigKeys { $0.activations = [.reluSquared] } }
  var choices: DecoderChoices { DecoderChoices { $0.activation = .reluSquared } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().feedForward().steps
  }
}
