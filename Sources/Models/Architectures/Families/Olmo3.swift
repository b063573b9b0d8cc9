import Checkpoints

/// OLMo 3: OLMo 2 in which three of four layers see a window, and only the others scale their positions.
///
/// Keys: `transformers` configuration_olmo3; names and metadata: llama.cpp `conversion/olmo.py`.
package struct Olmo3: Architecture {
  package init() {}

  private static let usualBase = 500_000.0

  package var ggufName: String { Olmo2().ggufName }
  package var huggingFaceNames: [String] { ["Olmo3ForCausalLM"] }
  package var modelTypes: [String] { ["olmo3"] }
  package var adjustingKeys: [String] { Olmo2().adjustingKeys + ["sliding_window", "layer_types"] }
  package var adjustingGGUFKeys: [String] { Olmo2().adjustingGGUFKeys }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.rotaryBase = Self.usualBase
      $0.positionsDifferByLayer = true
    }
  }
  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Olmo2().block(shape, layer: layer) }

  package func names(_ shape: DecoderShape) -> CheckpointNames { Olmo2().names(shape) }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Olmo2().adjust(&shape, config)
    let window = AttentionRule(window: try config.window(fallback: 4096), positions: .local)
    let rules = try config.attentionRules(layers: shape.layers, window: window)
    shape.choices.localRotary = try RotaryEmbedding(
      config, configKeys, layers: .slidingAttention, headSize: shape.headSize, context: shape.contextLength)
    // Where nothing is said of layers with a window, transformers gives them the usual base, whatever the others have.
    let parameters = try config.optionalObject("rope_parameters")?.optionalObject("sliding_attention")
    if parameters?.has("rope_theta") != true, config.has("rope_theta"), shape.rotary.base != Self.usualBase {
      throw config.error("rope_theta", expected: "rope_parameters, with a rope_theta for each kind of layers")
    }
    guard window.window != nil || rules != nil else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.attention = rules ?? [window, window, window, AttentionRule()]
  }

  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { Olmo2().moreMetadata(shape) }
  package func ggufObstacle(_ shape: DecoderShape) -> String? { Olmo2().ggufObstacle(shape) }
}
