import Checkpoints

/// Granite 3 with experts: Granite whose feed-forward layers are experts, stored together.
///
/// Keys: `transformers` configuration_granitemoe; names, row order and metadata: llama.cpp `conversion/granite.py`.
struct GraniteMoE: Architecture {
  var ggufName: String { "granitemoe" }
  var huggingFaceNames: [String] { ["GraniteMoeForCausalLM"] }
  var modelTypes: [String] { ["granitemoe"] }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufReadsBiases: Bool { true }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var numbers: [NumberKey] { Granite().numbers }
  var expertKeys: ExpertKeys? { Self.experts }

  static let experts = ExpertKeys {
    $0.count = "num_local_experts"
    $0.size = "intermediate_size"
    $0.gatesShared = false
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { Self.names }

  static let names = CheckpointNames.llama
    .replacing([
      .router: "block_sparse_moe.router.layer", .expertGate: "block_sparse_moe.experts.{e}.gate_proj",
      .expertUp: "block_sparse_moe.experts.{e}.up_proj", .expertDown: "block_sparse_moe.experts.{e}.down_proj",
    ])
    .adding([
      (.sharedGate, "shared_mlp.gate_proj"), (.sharedUp, "shared_mlp.up_proj"),
      (.sharedDown, "shared_mlp.output_linear"),
    ])
    .fusing([
      FusedTensor("block_sparse_moe.input_linear.weight", [.expertGate, .expertUp]),
      FusedTensor("block_sparse_moe.output_linear.weight", [.expertDown]),
      FusedTensor("block_sparse_moe.experts.gate_up_proj", [.expertGate, .expertUp]),
      FusedTensor("block_sparse_moe.experts.down_proj", [.expertDown]),
      FusedTensor("block_sparse_moe.router.weight", [.router]),
      FusedTensor("shared_mlp.input_linear.weight", [.sharedGate, .sharedUp]),
    ])

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [("rope.scaling.finetuned", .bool(true))]
  }
}
