import Checkpoints

/// Mixtral: Mistral whose feed-forward layers are experts, some of which each token goes to.
///
/// Keys: `transformers` configuration_mixtral; in GGUF files it is a Llama with experts (`conversion/llama.py`).
package struct Mixtral: Architecture {
  package init() {}

  package var ggufName: String { "llama" }
  package var huggingFaceNames: [String] { ["MixtralForCausalLM"] }
  package var modelTypes: [String] { ["mixtral"] }
  package var adjustingKeys: [String] { ["sliding_window"] }
  package var ggufTurnsNeighbours: Bool { true }
  package var ggufReadsDivisors: Bool { true }
  package var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "num_local_experts"
      $0.olderCount = "num_experts"
      $0.size = "intermediate_size"
      $0.normalizes = .always
    }
  }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.rotaryBase = 1_000_000
    }
  }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().experts().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([
      .router: "block_sparse_moe.gate", .expertGate: "block_sparse_moe.experts.{e}.w1",
      .expertUp: "block_sparse_moe.experts.{e}.w3", .expertDown: "block_sparse_moe.experts.{e}.w2",
    ])
    .fusing(SparseNames.fused + [FusedTensor("mlp.gate.weight", [.router])])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = [AttentionRule(window: try config.optionalSize("sliding_window"))]
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
