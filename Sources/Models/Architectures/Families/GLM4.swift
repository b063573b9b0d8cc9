import Checkpoints

/// GLM-4 of 2025: norms before and after, half of each head turns, and gate and up in one matrix.
///
/// Keys: `transformers` configuration_glm4; names and metadata: llama.cpp `conversion/glm.py`.
struct GLM4: Architecture {
  var ggufName: String { "glm4" }
  var huggingFaceNames: [String] { ["Glm4ForCausalLM"] }
  var modelTypes: [String] { ["glm4"] }
  var biasKeys: [BiasKey] { [.inputs("attention_bias", isUsual: true)] }
  var ggufReadsBiases: Bool { true }
  var turnsNeighbours: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.usualHeadSize = 128
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.5
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .both).attention().gatedFeedForward(isFused: true).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([
      (.attentionPostNorm, "post_self_attn_layernorm"), (.feedForwardPostNorm, "post_mlp_layernorm"),
      (.feedForwardGateUp, "mlp.gate_up_proj"),
    ])
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.dimension_sections", .nothing)]
  }

}
