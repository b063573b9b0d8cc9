import Checkpoints

/// SmolLM3: Llama in which every fourth layer knows no positions.
///
/// Keys: `transformers` configuration_smollm3; names, row order and metadata: llama.cpp `conversion/llama.py`.
package struct SmolLM3: Architecture {
  package init() {}

  package var ggufName: String { "smollm3" }
  package var huggingFaceNames: [String] { ["SmolLM3ForCausalLM"] }
  package var modelTypes: [String] { ["smollm3"] }
  package var adjustingKeys: [String] {
    [
      "attention_bias", "mlp_bias", "use_sliding_window", "sliding_window", "layer_types", "no_rope_layers",
      "no_rope_layer_interval",
    ]
  }
  package var ggufTurnsNeighbours: Bool { true }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.tiesOutput = true
      $0.rotaryBase = 2_000_000
    }
  }
  package var choices: DecoderChoices { DecoderChoices { $0.attention = Self.usualAttention(every: 4) } }

  private static func usualAttention(every interval: Int) -> [AttentionRule] {
    (1...interval).map { AttentionRule(positions: $0 == interval ? .none : .main) }
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.biases = try config.biases(Llama.attentionBiases, where: "attention_bias")
    shape.choices.biases.formUnion(try config.biases(Llama.feedForwardBiases, where: "mlp_bias"))
    if try config.optionalBool("use_sliding_window") ?? false {
      throw config.error("use_sliding_window", expected: "false: windows are not known in this family")
    }
    _ = try config.attentionRules(layers: shape.layers, window: AttentionRule())
    if let turning = try config.optionalIntegers("no_rope_layers") {
      // The name notwithstanding, 1 is for layers with positions.
      guard turning.count >= shape.layers, turning.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw config.error("no_rope_layers", expected: "0 or 1 for each of the \(shape.layers) layers")
      }
      shape.choices.attention = turning.map { AttentionRule(positions: $0 == 1 ? .main : .none) }
    } else if let interval = try config.optionalSize("no_rope_layer_interval") {
      guard interval <= 65_536 else { throw config.error("no_rope_layer_interval", expected: "a number of layers") }
      shape.choices.attention = Self.usualAttention(every: interval)
    }
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? {
    if !shape.choices.biases.isEmpty {
      return "found biases, for which llama.cpp has no tensors in models of type smollm3"
    }
    guard !shape.follows(Self.usualAttention(every: 4)) else { return nil }
    return "found layers without positions other than every fourth, which is what llama.cpp assumes of smollm3"
  }
}
