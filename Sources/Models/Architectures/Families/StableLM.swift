import Checkpoints

/// StableLM 3B and 2: Llama with layer norms and positions in a part of each head.
///
/// Keys: `transformers` configuration_stablelm; names and metadata: llama.cpp `conversion/stablelm.py`.
struct StableLM: Architecture {
  var ggufName: String { "stablelm" }
  var huggingFaceNames: [String] { ["StableLmForCausalLM"] }
  var modelTypes: [String] { ["stablelm"] }
  var biasKeys: [BiasKey] { [.inputs("use_qkv_bias")] }
  // Norms of each head with weights of its own are not known.
  var fixedKeys: [FixedKey] { [("qk_layernorm", .bool(false))] }
  var adjustingKeys: [String] { ["use_parallel_residual"] }
  var ggufReadsBiases: Bool { true }
  var ggufOutput: GGUFOutput { .untied }
  var adjustingGGUFKeys: [String] { ["use_parallel_residual"] }
  var choices: DecoderChoices { DecoderChoices { $0.norm = .layer } }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 32
      $0.headSize = nil
      $0.normEpsilon = "layer_norm_eps"
      $0.rotaryShare = "partial_rotary_factor"
      $0.usualRotaryShare = 0.25
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, isParallel: shape.choices.isParallel, sharesNorm: true)
      .attention().gatedFeedForward().steps
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.isParallel = try config.optionalBool("use_parallel_residual") ?? false
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.isParallel = try file.metadata.optionalBool("stablelm.use_parallel_residual") ?? false
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [("use_parallel_residual", .bool(shape.choices.isParallel))]
  }
}
