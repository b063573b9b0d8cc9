import Checkpoints

/// Qwen2 and 2.5: Llama with biases on queries, keys and values.
///
/// Keys: `transformers` configuration_qwen2; names and metadata: llama.cpp `conversion/qwen.py`.
package struct Qwen2: Architecture {
  package init() {}

  package var ggufName: String { "qwen2" }
  package var huggingFaceNames: [String] { ["Qwen2ForCausalLM"] }
  package var choices: DecoderChoices {
    DecoderChoices { $0.biases = [.attentionQueryBias, .attentionKeyBias, .attentionValueBias] }
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = try Self.attention(shape, config)
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }

  /// `use_sliding_window` gives the layers from `max_window_layers` on a window, unless `layer_types` says which.
  static func attention(_ shape: DecoderShape, _ config: JSONObject) throws(CheckpointError) -> [AttentionRule] {
    guard try config.optionalBool("use_sliding_window") ?? false else { return [AttentionRule()] }
    let window = AttentionRule(window: try config.size("sliding_window"))
    if let rules = try config.attentionRules(layers: shape.layers, window: window) { return rules }
    let first = try config.integer("max_window_layers")
    guard 0...65_536 ~= first else { throw config.error("max_window_layers", expected: "a number of layers") }
    guard first < shape.layers else { return [AttentionRule()] }
    return (0..<min(shape.layers, 65_536)).map { $0 < first ? AttentionRule() : window }
  }
}
