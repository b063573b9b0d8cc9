import Checkpoints

/// Nemotron 3, 4 and Minitron: layer norms that are stored less one, positions in a part of each head, and a plain feed-forward
/// layer through a squared ReLU.
///
/// Keys: `transformers` configuration_nemotron; names and metadata: llama.cpp `conversion/nemotron.py`.
struct Nemotron: Architecture {
  var ggufName: String { "nemotron" }
  var huggingFaceNames: [String] { ["NemotronForCausalLM"] }
  var modelTypes: [String] { ["nemotron"] }
  var biasKeys: [BiasKey] { [.attention, .plainFeedForward] }
  var ggufOutput: GGUFOutput { .untied }
  var ggufReadsBiases: Bool { true }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.activation = .reluSquared
    }
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.normEpsilon = "norm_eps"
      $0.activations = [.reluSquared]
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.5
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().feedForward().steps
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { Gemma.storage(role) }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { shape.unscaledPositions }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    Missing.otherHeads(shape, ggufName)
  }
}

extension BiasKey {
  /// Of a feed-forward layer without a gate.
  static let plainFeedForward = BiasKey(name: "mlp_bias", roles: [.feedForwardUpBias, .feedForwardDownBias])
}
