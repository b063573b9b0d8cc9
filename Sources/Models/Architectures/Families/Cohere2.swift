import Checkpoints

/// Command R7B and Command A: Command R in which three of four layers see a window, and the others know no positions.
///
/// Keys: `transformers` configuration_cohere2; names and metadata: llama.cpp `conversion/command_r.py`.
struct Cohere2: Architecture {
  var ggufName: String { "cohere2" }
  var huggingFaceNames: [String] { ["Cohere2ForCausalLM"] }
  var modelTypes: [String] { ["cohere2"] }
  var biasKeys: [BiasKey] { [.attention] }
  // Published files have the key, and transformers does not read it.
  var fixedKeys: [FixedKey] { [("rotary_pct", .decimal(1))] }
  var ggufOutput: GGUFOutput { .tied }
  var adjustingKeys: [String] {
    ["logit_scale", "head_dim", "sliding_window", "sliding_window_pattern", "layer_types"]
  }
  var adjustingGGUFKeys: [String] {
    ["logit_scale", "attention.sliding_window", "attention.sliding_window_pattern"]
  }
  var turnsNeighbours: Bool { true }
  var choices: DecoderChoices { Cohere().choices }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.headSize = nil
      $0.normEpsilon = "layer_norm_eps"
      $0.tiesOutput = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Cohere().block(shape, layer: layer) }

  /// Every fourth layer sees everything.
  private static func usualAttention(window size: Int) -> [AttentionRule] {
    let window = AttentionRule(window: size)
    return [window, window, window, AttentionRule(positions: .none)]
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.freq_base_swa", .decimal(shape.rotary.base))]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Cohere.readLogitScale(&shape, config)
    guard try config.optionalSize("head_dim") ?? shape.headSize == shape.headSize else {
      throw config.error("head_dim", expected: "\(shape.headSize), which hidden_size and num_attention_heads make")
    }
    guard let size = try config.window(fallback: 4096) else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.attention = try config.windowedLayers(
      layers: shape.layers, window: AttentionRule(window: size), others: AttentionRule(positions: .none), every: 4)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let scale = try file.metadata.positiveNumber("cohere2.logit_scale")
    shape.choices.logitDivisor = Float(1 / scale)
    try shape.readWindows(
      file, ggufName, usual: [true, true, true, false], fallback: 4096, others: AttentionRule(positions: .none))
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries = Cohere.metadata(shape)
    let size = shape.choices.window ?? 4096
    entries.append(("attention.sliding_window", .uint32(UInt32(size))))
    if !shape.follows(Self.usualAttention(window: size)) {
      entries.append(("attention.sliding_window_pattern", shape.windowPattern))
    }
    return entries
  }

}

extension JSONObject {
  /// Reads `layer_types`, or the older `sliding_window_pattern`, after how many layers with a window one has none.
  func windowedLayers(
    layers: Int, window: AttentionRule, others: AttentionRule, every usual: Int
  ) throws(CheckpointError) -> [AttentionRule] {
    let rules = try attentionRules(layers: layers, window: window, others: others)
    let stated = try optionalSize("sliding_window_pattern")
    let interval = min(stated ?? usual, 65_536)
    let implied = (0..<min(layers, 65_536)).map { ($0 + 1) % interval == 0 ? others : window }
    guard stated == nil || rules == nil || rules == implied else {
      throw error("sliding_window_pattern", expected: "what layer_types says")
    }
    return rules ?? Array(implied.prefix(interval))
  }
}
