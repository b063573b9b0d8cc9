import Checkpoints

/// Qwen2 and 2.5: Llama with biases on queries, keys and values.
///
/// Keys: `transformers` configuration_qwen2; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen2: Architecture {
  var ggufName: String { "qwen2" }
  var huggingFaceNames: [String] { ["Qwen2ForCausalLM"] }
  var modelTypes: [String] { ["qwen2"] }
  var adjustingKeys: [String] { Self.windowKeys }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }
  var choices: DecoderChoices {
    DecoderChoices { $0.biases = [.attentionQueryBias, .attentionKeyBias, .attentionValueBias] }
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = try Self.attention(shape, config)
  }

  static let windowKeys = ["use_sliding_window", "sliding_window", "max_window_layers", "layer_types"]

  /// `use_sliding_window` gives the layers from `max_window_layers` on a window, unless `layer_types` says which.
  ///
  /// - Parameter usualFirst: the first such layer where nothing is said.
  static func attention(
    _ shape: DecoderShape, _ config: JSONObject, usualFirst: Int = 28
  ) throws(CheckpointError) -> [AttentionRule] {
    let window = try window(config)
    let first = try config.optionalInteger("max_window_layers")
    guard 0...65_536 ~= first ?? 0 else { throw config.error("max_window_layers", expected: "a number of layers") }
    let rules = try config.attentionRules(layers: shape.layers, window: window)
    guard window.window != nil else { return [AttentionRule()] }
    let implied = (0..<min(shape.layers, 65_536)).map { $0 < first ?? usualFirst ? AttentionRule() : window }
    guard let rules else { return implied }
    guard first == nil || rules == implied else {
      throw config.error("max_window_layers", expected: "the first layer to which layer_types gives a window")
    }
    return rules
  }

  /// What layers see that have a window, where there are any.
  static func window(_ config: JSONObject) throws(CheckpointError) -> AttentionRule {
    guard try config.optionalBool("use_sliding_window") ?? false else { return AttentionRule() }
    return AttentionRule(window: try config.window(fallback: 4096))
  }
}
