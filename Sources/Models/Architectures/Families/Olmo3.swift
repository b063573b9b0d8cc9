import Checkpoints

/// OLMo 3: OLMo 2 in which three of four layers see a window, and only the others scale their positions.
///
/// Keys: `transformers` configuration_olmo3; names and metadata: llama.cpp `conversion/olmo.py`.
struct Olmo3: Architecture {
  private static let usualBase = 500_000.0

  var ggufName: String { Olmo2().ggufName }
  var huggingFaceNames: [String] { ["Olmo3ForCausalLM"] }
  var modelTypes: [String] { ["olmo3"] }
  var biasKeys: [BiasKey] { Olmo2().biasKeys }
  var ggufOutput: GGUFOutput { Olmo2().ggufOutput }
  var adjustingGGUFKeys: [String] { Olmo2().adjustingGGUFKeys }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.rotaryBase = Self.usualBase
      $0.positionsDifferByLayer = true
      $0.windows = WindowKeys(usual: 4096, layers: [true, true, true, false], positions: .local)
    }
  }
  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { Olmo2().block(shape, layer: layer) }

  func names(_ shape: DecoderShape) -> CheckpointNames { Olmo2().names(shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.localRotary = try RotaryEmbedding(
      config, configKeys, layers: .slidingAttention, headSize: shape.headSize, context: shape.contextLength)
    // Where nothing is said of layers with a window, transformers gives them the usual base, whatever the others have.
    let parameters = try config.optionalObject("rope_parameters")?.optionalObject("sliding_attention")
    if parameters?.has("rope_theta") != true, config.has("rope_theta"), shape.rotary.base != Self.usualBase {
      throw config.error("rope_theta", expected: "rope_parameters, with a rope_theta for each kind of layers")
    }
    guard shape.choices.window != nil || config.has("layer_types") else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { Olmo2().moreMetadata(shape) }
}
