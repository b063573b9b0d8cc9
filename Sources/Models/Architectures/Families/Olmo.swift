import Checkpoints

/// OLMo 1: Llama with layer norms that have no weights, and perhaps a limit to queries, keys and values.
///
/// Keys: `transformers` configuration_olmo; names, row order and metadata: llama.cpp `conversion/olmo.py`.
struct Olmo: Architecture {
  var ggufName: String { "olmo" }
  var huggingFaceNames: [String] { ["OlmoForCausalLM"] }
  var modelTypes: [String] { ["olmo"] }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufTurnsNeighbours: Bool { true }
  var numbers: [NumberKey] {
    [NumberKey(\.queryKeyValueLimit, config: "clip_qkv", gguf: "attention.clamp_kqv")]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.normEpsilon = nil
      $0.usualNormEpsilon = 1e-5
    }
  }
  var choices: DecoderChoices { DecoderChoices { $0.norm = .layerWithoutWeights } }

  func ggufObstacle(_ shape: DecoderShape) -> String? { Missing.otherHeads(shape, ggufName) }
}
