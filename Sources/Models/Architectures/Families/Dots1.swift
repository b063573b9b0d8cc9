import Checkpoints

/// dots.llm1: Qwen 3's attention, and experts as GLM-4.5 has them.
///
/// Keys: `transformers` configuration_dots1; names and metadata: llama.cpp `conversion/dots1.py`.
struct Dots1: Architecture {
  var ggufName: String { "dots1" }
  var huggingFaceNames: [String] { ["Dots1ForCausalLM"] }
  var modelTypes: [String] { ["dots1"] }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufOutput: GGUFOutput { .untied }
  var adjustingKeys: [String] { ["sliding_window", "max_window_layers", "layer_types"] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }
  var expertKeys: ExpertKeys? {
    var keys = DeepRouter.keys
    keys.ggufSaysScores = true
    return keys
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    guard shape.keyValueHeads != shape.heads else { return nil }
    return "found \(shape.keyValueHeads) heads of keys for \(shape.heads) of queries, expected as many, as "
      + "llama.cpp does in models of type \(ggufName)"
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { DeepRouter.names }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    let window = AttentionRule(window: try config.window(fallback: 4096))
    let stated = try config.optionalInteger("max_window_layers")
    let first = stated ?? 62
    guard 0...65_536 ~= first else { throw config.error("max_window_layers", expected: "a number of layers") }
    let rules = try config.attentionRules(layers: shape.layers, window: window)
    let implied = (0..<min(shape.layers, 65_536)).map { $0 < first ? AttentionRule() : window }
    guard rules == nil || stated == nil || rules == implied else {
      throw config.error("max_window_layers", expected: "the first layer to which layer_types gives a window")
    }
    shape.choices.attention = rules ?? implied
  }
}
