import Checkpoints

/// SmolLM3: Llama in which every fourth layer knows no positions.
///
/// Keys: `transformers` configuration_smollm3; names, row order and metadata: llama.cpp `conversion/llama.py`.
struct SmolLM3: Architecture {
  var ggufName: String { "smollm3" }
  var huggingFaceNames: [String] { ["SmolLM3ForCausalLM"] }
  var modelTypes: [String] { ["smollm3"] }
  var adjustingKeys: [String] {
    ["sliding_window", "layer_types", "no_rope_layers", "no_rope_layer_interval"]
  }
  var fixedKeys: [FixedKey] { [("use_sliding_window", .bool(false))] }
  var biasKeys: [BiasKey] { [.attention, .feedForward] }
  var ggufTurnsNeighbours: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.tiesOutput = true
      $0.rotaryBase = 2_000_000
    }
  }
  var choices: DecoderChoices { DecoderChoices { $0.attention = Self.usualAttention(every: 4) } }

  private static func usualAttention(every interval: Int) -> [AttentionRule] {
    (1...interval).map { AttentionRule(positions: $0 == interval ? .none : .main) }
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    _ = try config.attentionRules(layers: shape.layers, window: AttentionRule())
    if let turning = try config.turningLayers(shape.layers) {
      shape.choices.attention = turning.map { AttentionRule(positions: $0 ? .main : .none) }
    } else if let interval = try config.optionalSize("no_rope_layer_interval") {
      guard interval <= 65_536 else { throw config.error("no_rope_layer_interval", expected: "a number of layers") }
      shape.choices.attention = Self.usualAttention(every: interval)
    }
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    shape.follows(Self.usualAttention(every: 4))
      ? nil : "found layers without positions other than every fourth, which is what llama.cpp assumes of smollm3"
  }
}
