import Checkpoints

/// Mistral and Ministral: Llama with a window of the last tokens, in all layers (Mistral's first version) or in some.
///
/// Keys: `transformers` configuration_mistral and configuration_ministral, which it takes for a Mistral with `layer_types`; in GGUF files it is a Llama (`conversion/llama.py`).
package struct Mistral: Architecture {
  package init() {}

  package var ggufName: String { "llama" }
  package var huggingFaceNames: [String] { ["MistralForCausalLM", "MinistralForCausalLM"] }
  package var modelTypes: [String] { ["mistral", "ministral"] }
  package var adjustingKeys: [String] { ["sliding_window", "layer_types"] }
  package var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 8 } }
  package var ggufTurnsNeighbours: Bool { true }
  package var ggufReadsDivisors: Bool { true }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    let window = AttentionRule(window: try config.window(fallback: 4096))
    shape.choices.attention = try config.attentionRules(layers: shape.layers, window: window) ?? [window]
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}

/// Windows that llama.cpp does not know of in some families.
enum SlidingWindows {
  static func remark(_ shape: DecoderShape) -> String? {
    guard let window = shape.choices.attention.lazy.compactMap(\.window).first else { return nil }
    return "llama.cpp lets every token of this family see all before it, where the model's own see \(window): "
      + "the two differ on longer texts"
  }
}
