import Checkpoints

/// LFM2 with experts: LFM2 whose feed-forward layers behind the first are experts, chosen by sigmoids and a correction.
///
/// Keys: `transformers` configuration_lfm2_moe; names and metadata: llama.cpp `conversion/lfm2.py`.
struct LFM2MoE: Architecture {
  var ggufName: String { "lfm2moe" }
  var huggingFaceNames: [String] { ["Lfm2MoeForCausalLM"] }
  var modelTypes: [String] { ["lfm2_moe"] }
  var ggufKeyValueHeads: LayerNumbers.Form { .oneOrNone }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { ShortConvolutionKeys.ggufNames }
  var fixedKeys: [FixedKey] { ShortConvolutionKeys.fixed + [("use_expert_bias", .bool(true))] }
  var adjustingKeys: [String] { ShortConvolutionKeys.config + ["routed_scaling_factor"] }
  var adjustingGGUFKeys: [String] { ShortConvolutionKeys.gguf }
  var configKeys: ConfigKeys { ShortConvolutionKeys.sizes }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.denseLayers = "num_dense_layers"
      $0.scores = .sigmoid
      $0.ggufSaysScores = true
      $0.hasCorrection = true
      $0.normalizes = .where("norm_topk_prob", usual: true, inGGUF: true)
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).shortConvolutionOrAttention().experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames { ShortConvolutionKeys.names }
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { ShortConvolutionKeys.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try ShortConvolutionKeys.adjust(&shape, config)
    shape.choices.experts?.scale = Float(try config.optionalPositiveNumber("routed_scaling_factor") ?? 1)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.convolution = try ShortConvolutionKeys.convolution(file, ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    ShortConvolutionKeys.metadata(shape)
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if let scale = shape.choices.experts?.scale, scale != 1 {
      return "found routed_scaling_factor \(scale), expected 1: llama.cpp reads no key of it in models of type "
        + ggufName
    }
    return ShortConvolutionKeys.obstacle(shape)
  }
}
