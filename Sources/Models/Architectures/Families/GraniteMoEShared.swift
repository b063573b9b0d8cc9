import Checkpoints

/// Granite 3 with experts beside one for every token, which counts fully. It reads GGUF files without that one, too.
///
/// Keys: `transformers` configuration_granitemoeshared; names, row order and metadata: llama.cpp `conversion/granite.py`.
struct GraniteMoEShared: Architecture {
  private let base = GraniteMoE()

  var ggufName: String { base.ggufName }
  var huggingFaceNames: [String] { ["GraniteMoeSharedForCausalLM"] }
  var modelTypes: [String] { ["granitemoeshared"] }
  var biasKeys: [BiasKey] { base.biasKeys }
  var ggufReadsBiases: Bool { true }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var numbers: [NumberKey] { base.numbers }
  var expertKeys: ExpertKeys? {
    var keys = GraniteMoE.experts
    keys.sharedSize = "shared_intermediate_size"
    keys.sharedMayMiss = true
    return keys
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { base.block(shape, layer: layer) }
  func names(_ shape: DecoderShape) -> CheckpointNames { base.names(shape) }
  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    base.expectedGGUFKeys(shape)
  }
}
