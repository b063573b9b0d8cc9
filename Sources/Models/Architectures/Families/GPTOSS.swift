import Checkpoints

/// gpt-oss: attention with a score for each head that stands for nothing, windows in every other layer, biases everywhere, and
/// experts behind a clamped gate, stored together.
///
/// Keys: `transformers` configuration_gpt_oss; names and metadata: llama.cpp `conversion/gpt_oss.py`.
struct GPTOSS: Architecture {
  var ggufName: String { "gpt-oss" }
  var huggingFaceNames: [String] { ["GptOssForCausalLM"] }
  var modelTypes: [String] { ["gpt_oss"] }
  var fixedKeys: [FixedKey] { [("attention_bias", .bool(true))] }
  var ggufOutput: GGUFOutput { .untied }
  var adjustingKeys: [String] {
    ["swiglu_alpha", "swiglu_limit"]
  }
  var adjustingGGUFKeys: [String] { ["attention.sliding_window", "attention.sliding_window_pattern"] }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { SeedOSS().ggufNames(shape) }
  var ggufIgnoresTruncation: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 64
      $0.rotaryBase = 150_000
      $0.knowsTruncation = true
      $0.windows = WindowKeys(usual: 128, layers: [true, false])
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.hasSinks = true
      $0.clampedGate = ClampedGate.Numbers(slope: 1.702, limit: 7)
      $0.biases = BiasKey.attention.roles.union([.expertGateBias, .expertUpBias, .expertDownBias])
    }
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "num_local_experts"
      $0.olderCount = "num_experts"
      $0.size = "intermediate_size"
      $0.hasRouterBias = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([.router: "mlp.router"])
      .adding([(.attentionSinks, "self_attn.sink")])
      .fusing([
        FusedTensor("self_attn.sinks", [.attentionSinks]),
        FusedTensor(
          "mlp.experts.gate_up_proj", [.expertGate, .expertUp], isInterleaved: true, isTransposed: true),
        FusedTensor("mlp.experts.gate_up_proj_bias", [.expertGateBias, .expertUpBias], isInterleaved: true),
        FusedTensor("mlp.experts.down_proj", [.expertDown], isTransposed: true),
        FusedTensor("mlp.experts.down_proj_bias", [.expertDownBias]),
      ])
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.freq_base_swa", .decimal(shape.rotary.base))]
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    // What transformers takes where nothing is said depends on its version.
    guard config.has("rope_parameters") || config.has("rope_scaling") else {
      throw config.error("rope_parameters", expected: "how positions are scaled, as files of this family say")
    }
    shape.choices.clampedGate = ClampedGate.Numbers(
      slope: Float(try config.optionalPositiveNumber("swiglu_alpha") ?? 1.702),
      limit: Float(try config.optionalPositiveNumber("swiglu_limit") ?? 7))
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try shape.readWindows(file, ggufName, usual: [true, false], fallback: 128)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let experts = shape.choices.experts, let size = shape.choices.window else { return [] }
    let entries: [(key: String, value: GGUFValue)] = [
      ("attention.sliding_window", .uint32(UInt32(size))),
      ("expert_feed_forward_length", .uint32(UInt32(experts.size))),
    ]
    return shape.follows([AttentionRule(window: size), AttentionRule()])
      ? entries : entries + [("attention.sliding_window_pattern", shape.windowPattern)]
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.clampedGate != choices.clampedGate {
      return "found another swiglu_alpha or swiglu_limit than 1.702 and 7, which is what llama.cpp assumes of gpt-oss"
    }
    if shape.choices.window == nil {
      return "found no layer with a window, of which llama.cpp expects the size in models of type gpt-oss"
    }
    return nil
  }

  func ggufRemark(_ shape: DecoderShape) -> String? {
    guard case .yarn(let yarn) = shape.rotary.scaling, !yarn.isWhole else { return nil }
    return "llama.cpp rounds to whole pairs what YaRN blends between, and the model does not: the two differ a little"
  }
}
