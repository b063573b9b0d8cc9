import Checkpoints

/// Falcon-H1: attention and a state space beside each other in every layer, with multipliers in most places where a matrix reads or writes.
///
/// GGUF files, and so the decoder, hold matrices times their multipliers.
///
/// Keys: `transformers` configuration_falcon_h1; names and metadata: llama.cpp `conversion/falcon_h1.py`.
struct FalconH1: Architecture {
  var ggufName: String { "falcon-h1" }
  var huggingFaceNames: [String] { ["FalconH1ForCausalLM"] }
  var modelTypes: [String] { ["falcon_h1"] }
  var ggufBareRoles: Set<Role> { [.feedForwardNorm] }
  var fixedKeys: [FixedKey] {
    StateSpaceKeys.fixed + [
      ("attention_bias", .bool(false)), ("mlp_bias", .bool(false)), ("projectors_bias", .bool(false)),
      ("mamba_use_mlp", .bool(true)), ("attn_layer_indices", .nothing), ("layer_types", .nothing),
    ]
  }
  var adjustingKeys: [String] {
    StateSpaceKeys.config + Self.multipliers + [
      "mamba_d_ssm", "mamba_rms_norm", "mamba_norm_before_gate", "mlp_multipliers", "ssm_multipliers",
    ]
  }
  var adjustingGGUFKeys: [String] { StateSpaceKeys.gguf }

  private static let multipliers = [
    "embedding_multiplier", "lm_head_multiplier", "attention_in_multiplier", "attention_out_multiplier",
    "key_multiplier", "ssm_in_multiplier", "ssm_out_multiplier",
  ]

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attentionBesideStateSpace().gatedFeedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    var names = CheckpointNames.llama.replacing([
      .feedForwardNorm: "pre_ff_layernorm", .feedForwardGate: "feed_forward.gate_proj",
      .feedForwardUp: "feed_forward.up_proj", .feedForwardDown: "feed_forward.down_proj",
    ]).adding(StateSpaceKeys.tensors(in: "mamba"))
    names.after = [(.outputNorm, "model.final_layernorm")]
    return names
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    shape.choices.rowFactors[role].map(WeightStorage.multiplied) ?? StateSpaceKeys.storage(role)
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    let stated = try config.optionalSize("mamba_d_ssm")
    let inner = if let stated { stated } else { try config.size("mamba_expand") * shape.hiddenSize }
    var space = try StateSpaceKeys.space(
      config, inner: inner, stated == nil ? "mamba_expand · hidden_size" : "mamba_d_ssm", layers: [])
    let isNormed = try config.optionalBool("mamba_rms_norm") ?? false
    let isBefore = try config.isOn("mamba_norm_before_gate")
    space.norms = isNormed ? (isBefore ? .beforeGate : .behindGate) : .nowhere
    shape.choices.stateSpace = space
    try multiply(&shape, space, config)
  }

  private func multiply(
    _ shape: inout DecoderShape, _ space: StateSpace, _ config: JSONObject
  ) throws(CheckpointError) {
    func factor(_ key: String) throws(CheckpointError) -> Float {
      Float(try config.optionalPositiveNumber(key) ?? 1)
    }
    func factors(_ key: String, _ count: Int) throws(CheckpointError) -> [Float] {
      let numbers = try config.optionalNumbers(key)?.map { Float($0) } ?? [Float](repeating: 1, count: count)
      guard numbers.count == count, numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw config.error(key, expected: "\(count) positive numbers")
      }
      return numbers
    }
    let (before, behind) = (try factor("attention_in_multiplier"), try factor("attention_out_multiplier"))
    let (ofInput, ofParts) = (try factor("ssm_in_multiplier"), try factors("ssm_multipliers", 5))
    let ofFeedForward = try factors("mlp_multipliers", 2)
    let (queries, keys) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize)
    let parts = [space.innerSize, space.innerSize, space.keyColumns, space.keyColumns, space.heads]
    var all: [Role: [RowFactor]] = [
      .attentionQuery: [RowFactor(rows: queries, factor: before)],
      .attentionKey: [RowFactor(rows: keys, factor: before * (try factor("key_multiplier")))],
      .attentionValue: [RowFactor(rows: keys, factor: before)],
      .attentionOutput: [RowFactor(rows: shape.hiddenSize, factor: behind)],
      .stateInput: zip(parts, ofParts).map { RowFactor(rows: $0, factor: ofInput * $1) },
      .stateOutput: [RowFactor(rows: shape.hiddenSize, factor: try factor("ssm_out_multiplier"))],
      .feedForwardGate: [RowFactor(rows: shape.intermediateSize, factor: ofFeedForward[0])],
      .feedForwardDown: [RowFactor(rows: shape.hiddenSize, factor: ofFeedForward[1])],
    ]
    let (ofEmbeddings, ofLogits) = (try factor("embedding_multiplier"), try factor("lm_head_multiplier"))
    if shape.tiedOutput {
      // One table cannot be multiplied by two numbers.
      shape.choices.embeddingMultiplier = ofEmbeddings == 1 ? nil : ofEmbeddings
      shape.choices.logitDivisor = ofLogits == 1 ? nil : 1 / ofLogits
    } else {
      all[.tokenEmbedding] = [RowFactor(rows: shape.vocabularySize, factor: ofEmbeddings)]
      all[.output] = [RowFactor(rows: shape.vocabularySize, factor: ofLogits)]
    }
    shape.choices.rowFactors = all.filter { $1.contains { $0.factor != 1 } }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.stateSpace = try StateSpaceKeys.space(file, ggufName, layers: [])
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    shape.choices.stateSpace.map(StateSpaceKeys.metadata) ?? []
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if shape.choices.embeddingMultiplier != nil || shape.choices.logitDivisor != nil {
      return "found embedding_multiplier or lm_head_multiplier of a tied table, expected 1: llama.cpp has no keys of "
        + "them in this family, and files hold products"
    }
    if shape.choices.stateSpace?.norms == .beforeGate {
      return "found mamba_norm_before_gate true, expected false, as llama.cpp does"
    }
    return shape.choices.stateSpace.flatMap(StateSpaceKeys.obstacle)
  }

  func ggufRemark(_ shape: DecoderShape) -> String? { shape.choices.stateSpace.flatMap(StateSpaceKeys.remark) }
}
