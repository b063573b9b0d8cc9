import Checkpoints

/// EXAONE 4: norms after attention and feed-forward, and over each head of queries and keys; in its large version three of four
/// layers see a window, and the others know no positions.
///
/// Keys: `transformers` configuration_exaone4; names and metadata: llama.cpp `conversion/exaone.py`.
struct EXAONE4: Architecture {
  var ggufName: String { "exaone4" }
  var huggingFaceNames: [String] { ["Exaone4ForCausalLM"] }
  var modelTypes: [String] { ["exaone4"] }
  var adjustingKeys: [String] { ["sliding_window", "sliding_window_pattern", "layer_types"] }
  var adjustingGGUFKeys: [String] { ["attention.sliding_window", "attention.sliding_window_pattern"] }
  var ggufReadsDivisors: Bool { true }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }

  /// llama.cpp gives windows to the version of so many layers alone.
  private static let layersOfLarge = 64

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .after).attention(norm: .eachHead).gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Olmo2().names(shape) }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.freq_base_swa", .decimal(shape.rotary.base))]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let size = try config.window(fallback: 4096) else {
      let rules = try config.attentionRules(layers: shape.layers, window: AttentionRule())
      guard rules != nil else {
        throw config.error("sliding_window", expected: "the size of a window, or layer_types that say full_attention")
      }
      return
    }
    shape.choices.attention = try config.windowedLayers(
      layers: shape.layers, window: AttentionRule(window: size), others: AttentionRule(positions: .none), every: 4)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    guard shape.layers == Self.layersOfLarge else { return }
    try shape.readWindows(
      file, ggufName, usual: [true, true, true, false], fallback: 4096, others: AttentionRule(positions: .none))
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let size = shape.choices.window else { return [] }
    return [
      ("attention.sliding_window", .uint32(UInt32(size))), ("attention.sliding_window_pattern", shape.windowPattern),
    ]
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    let hasWindows = shape.choices.window != nil
    if hasWindows != (shape.layers == Self.layersOfLarge) {
      return
        "found \(shape.layers) layers \(hasWindows ? "with" : "without") windows, where llama.cpp gives windows to models "
        + "of \(Self.layersOfLarge) layers alone"
    }
    return Missing.otherHeads(shape, ggufName)
  }
}
