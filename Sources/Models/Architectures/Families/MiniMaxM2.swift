import Checkpoints

/// MiniMax M2: experts chosen by sigmoids and a correction, norms over all queries and keys, and positions in a part of each head.
///
/// Keys: `transformers` configuration_minimax_m2; names and metadata: llama.cpp `conversion/minimax.py`.
struct MiniMaxM2: Architecture {
  var ggufName: String { "minimax-m2" }
  var huggingFaceNames: [String] { ["MiniMaxM2ForCausalLM"] }
  var modelTypes: [String] { ["minimax_m2"] }
  var ggufOutput: GGUFOutput { .untied }
  var adjustingKeys: [String] { ["rotary_dim"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 128
      $0.rotaryBase = 5_000_000
      $0.rotaryShare = "partial_rotary_factor"
    }
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "num_local_experts"
      $0.olderCount = "num_experts"
      $0.size = "intermediate_size"
      $0.scores = .sigmoid
      $0.hasCorrection = true
      $0.ggufSaysScores = true
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .allHeads).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    Mixtral().names(shape)
      .adding([(.routerCorrection, "block_sparse_moe.correction")])
      .fusing(
        Mixtral().names(shape).fused + [
          FusedTensor("block_sparse_moe.e_score_correction_bias", [.routerCorrection]),
          FusedTensor("mlp.e_score_correction_bias", [.routerCorrection]),
        ])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let dimensions = try config.optionalSize("rotary_dim"), dimensions != shape.rotary.dimensions else { return }
    let parameters = try config.optionalObject("rope_parameters")
    guard try parameters?.optionalNumber("partial_rotary_factor") == nil, !config.has("partial_rotary_factor"),
      dimensions % 2 == 0, dimensions < shape.headSize
    else {
      throw config.error(
        "rotary_dim", expected: "\(shape.rotary.dimensions), the share of a head's components that turn")
    }
    shape.rotary = RotaryEmbedding(base: shape.rotary.base, dimensions: dimensions, scaling: shape.rotary.scaling)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    shape.choices.experts.map { [("expert_feed_forward_length", .uint32(UInt32($0.size)))] } ?? []
  }
}
