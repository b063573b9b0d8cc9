import Checkpoints

/// Command R and Aya: attention and feed-forward side by side behind one norm, and logits times a number.
///
/// Keys: `transformers` configuration_cohere; names and metadata: llama.cpp `conversion/command_r.py`.
struct Cohere: Architecture {
  var ggufName: String { "command-r" }
  var huggingFaceNames: [String] { ["CohereForCausalLM"] }
  var modelTypes: [String] { ["cohere"] }
  var biasKeys: [BiasKey] { [.attention] }
  // Norms of each head with weights of its own are not known.
  var fixedKeys: [FixedKey] { [("use_qk_norm", .bool(false))] }
  var adjustingKeys: [String] { ["logit_scale"] }
  var ggufOutput: GGUFOutput { .tied }
  var adjustingGGUFKeys: [String] { ["logit_scale"] }
  var turnsNeighbours: Bool { true }
  var choices: DecoderChoices { DecoderChoices { $0.norm = .layerWithoutBias } }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.normEpsilon = "layer_norm_eps"
      $0.tiesOutput = true
      $0.rotaryBase = 500_000
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, isParallel: true, sharesNorm: true).attention().gatedFeedForward().steps
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try Self.readLogitScale(&shape, config)
  }

  /// `logit_scale`, by which logits are multiplied.
  static func readLogitScale(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let scale = try config.optionalPositiveNumber("logit_scale") else {
      guard !config.keys.contains("logit_scale") else {
        throw config.error("logit_scale", expected: "a positive number")
      }
      shape.choices.logitDivisor = 16
      return
    }
    shape.choices.logitDivisor = Float(1 / scale)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let scale = try file.metadata.optionalPositiveNumber("\(ggufName).logit_scale")
    shape.choices.logitDivisor = scale.map { Float(1 / $0) }
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    Self.metadata(shape)
  }

  static func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [("logit_scale", .float32(1 / (shape.choices.logitDivisor ?? 1)))] + shape.unscaledPositions
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    guard shape.layers >= 64 else { return Missing.otherHeads(shape, ggufName) }
    return
      "found \(shape.layers) layers, expected fewer than 64, from where on llama.cpp wants norms of queries and keys"
  }
}

extension DecoderShape {
  /// What some families say of positions that are not scaled.
  var unscaledPositions: [(key: String, value: GGUFValue)] {
    rotary.scaling == .none ? [("rope.scaling.type", .string("none"))] : []
  }
}
