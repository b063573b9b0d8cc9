import Checkpoints

/// Mistral: Llama with, in its first version, a window of the last tokens.
///
/// Keys: `transformers` configuration_mistral; in GGUF files it is a Llama (`conversion/llama.py`).
package struct Mistral: Architecture {
  package init() {}

  package var ggufName: String { "llama" }
  package var huggingFaceNames: [String] { ["MistralForCausalLM"] }
  package var ggufTurnsNeighbours: Bool { true }
  package var ggufReadsDivisors: Bool { true }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = [AttentionRule(window: try config.optionalSize("sliding_window"))]
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
