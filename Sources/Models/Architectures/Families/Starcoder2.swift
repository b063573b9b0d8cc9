import Checkpoints

/// StarCoder 2: Llama's attention with layer norms, one plain feed-forward layer, and biases everywhere.
///
/// Keys: `transformers` configuration_starcoder2; names and metadata: llama.cpp `conversion/starcoder.py`.
package struct Starcoder2: Architecture {
  package init() {}

  package var ggufName: String { "starcoder2" }
  package var huggingFaceNames: [String] { ["Starcoder2ForCausalLM"] }
  package var modelTypes: [String] { ["starcoder2"] }
  package var adjustingKeys: [String] { ["use_bias", "sliding_window"] }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.normEpsilon = "norm_epsilon"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
    }
  }
  package var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.biases = [
        .attentionQueryBias, .attentionKeyBias, .attentionValueBias, .attentionOutputBias, .feedForwardUpBias,
        .feedForwardDownBias,
      ]
    }
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().feedForward().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([.feedForwardUp: "mlp.c_fc", .feedForwardDown: "mlp.c_proj"])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard try config.optionalBool("use_bias") ?? true else { throw config.error("use_bias", expected: "true") }
    shape.choices.attention = [AttentionRule(window: try config.optionalSize("sliding_window"))]
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
