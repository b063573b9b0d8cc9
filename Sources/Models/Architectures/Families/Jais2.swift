import Checkpoints

/// Jais 2: layer norms, biases everywhere, and a plain feed-forward layer through a squared ReLU.
///
/// Keys: `transformers` configuration_jais2; names and metadata: llama.cpp `conversion/jais.py`.
struct Jais2: Architecture {
  var ggufName: String { "jais2" }
  var huggingFaceNames: [String] { ["Jais2ForCausalLM"] }
  var modelTypes: [String] { ["jais2"] }
  var biasKeys: [BiasKey] { Nemotron().biasKeys.map { BiasKey(name: $0.name, roles: $0.roles, isUsual: true) } }
  var ggufReadsBiases: Bool { true }
  var choices: DecoderChoices { Nemotron().choices }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.normEpsilon = "layer_norm_eps"
      $0.activations = [.reluSquared]
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Nemotron().block(shape, layer: layer) }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.choices.biases == biasKeys.reduce(into: []) { $0.formUnion($1.roles) }
      ? nil : "found matrices without biases, of which llama.cpp reads some in models of type jais2"
  }
}
