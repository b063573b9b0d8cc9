import Checkpoints

/// GLM-4 of 2024: GLM-4 of 2025 with norms before alone.
///
/// Keys: `transformers` configuration_glm; names and metadata: llama.cpp `conversion/chatglm.py`.
struct GLM: Architecture {
  var ggufName: String { "chatglm" }
  var huggingFaceNames: [String] { ["GlmForCausalLM"] }
  var modelTypes: [String] { ["glm"] }
  var biasKeys: [BiasKey] { GLM4().biasKeys }
  var ggufReadsBiases: Bool { true }
  var turnsNeighbours: Bool { true }
  var configKeys: ConfigKeys { GLM4().configKeys }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().gatedFeedForward(isFused: true).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([(.feedForwardGateUp, "mlp.gate_up_proj")])
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? { Missing.otherHeads(shape, ggufName) }
}
