/// Mixtral: Mistral whose feed-forward layers are experts, some of which each token goes to.
///
/// Keys: `transformers` configuration_mixtral; in GGUF files it is a Llama with experts (`conversion/llama.py`).
struct Mixtral: Architecture {
  var ggufName: String { "llama" }
  var huggingFaceNames: [String] { ["MixtralForCausalLM"] }
  var modelTypes: [String] { ["mixtral"] }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "num_local_experts"
      $0.olderCount = "num_experts"
      $0.size = "intermediate_size"
      $0.normalizes = .always
    }
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.rotaryBase = 1_000_000
      $0.windows = WindowKeys()
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([
      .router: "block_sparse_moe.gate", .expertGate: "block_sparse_moe.experts.{e}.w1",
      .expertUp: "block_sparse_moe.experts.{e}.w3", .expertDown: "block_sparse_moe.experts.{e}.w2",
    ])
    .fusing(SparseNames.fused + [FusedTensor("mlp.gate.weight", [.router])])
  }
}
