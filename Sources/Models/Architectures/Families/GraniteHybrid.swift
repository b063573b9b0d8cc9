import Checkpoints

/// Granite 4 H: Granite 3 with state spaces in the place of attention in most layers, without positions; perhaps with experts beside one
/// for every token.
///
/// Keys: `transformers` configuration_granitemoehybrid; names, row order and metadata: llama.cpp `conversion/granite.py`.
struct GraniteHybrid: Architecture {
  private let base = GraniteMoE()

  var ggufName: String { "granitehybrid" }
  var huggingFaceNames: [String] { ["GraniteMoeHybridForCausalLM"] }
  var modelTypes: [String] { ["granitemoehybrid"] }
  var biasKeys: [BiasKey] { base.biasKeys }
  var ggufReadsBiases: Bool { true }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var ggufKeyValueHeads: LayerNumbers.Form { .oneOrNone }
  var numbers: [NumberKey] { base.numbers }
  var fixedKeys: [FixedKey] { StateSpaceKeys.fixed }
  var adjustingKeys: [String] {
    StateSpaceKeys.config + [
      "layer_types", "layers_block_type", "position_embedding_type", "shared_intermediate_size",
    ]
  }
  var adjustingGGUFKeys: [String] {
    StateSpaceKeys.gguf + ["rope.scaling.finetuned"]
  }
  var expertKeys: ExpertKeys? {
    var keys = GraniteMoE.experts
    keys.mayMiss = true
    keys.sharedSize = "shared_intermediate_size"
    return keys
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    let block = BlockBuilder(shape, layer: layer).stateSpaceOrAttention()
    return (shape.choices.experts == nil ? block.gatedFeedForward() : block.experts()).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    let names = base.names(shape).adding(StateSpaceKeys.tensors(in: "mamba"))
    guard shape.choices.experts == nil else { return names }
    // The one for every token is all that there is.
    return names.replacing([
      .feedForwardGate: "shared_mlp.gate_proj", .feedForwardUp: "shared_mlp.up_proj",
      .feedForwardDown: "shared_mlp.output_linear",
    ]).fusing([FusedTensor("shared_mlp.input_linear.weight", [.feedForwardGate, .feedForwardUp])])
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { StateSpaceKeys.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    let inner = try config.size("mamba_expand") * shape.hiddenSize
    shape.choices.stateSpace = try StateSpaceKeys.space(
      config, inner: inner, "mamba_expand · hidden_size", layers: try Self.layers(config, shape.layers))
    let turns = try config.optionalString("position_embedding_type") == "rope"
    shape.choices.attention = [AttentionRule(positions: turns ? .main : .none)]
    if shape.choices.experts == nil { shape.intermediateSize = try config.size("shared_intermediate_size") }
  }

  private static func layers(_ config: JSONObject, _ count: Int) throws(CheckpointError) -> [Bool] {
    try config.agree("layers_block_type", with: "layer_types")
    let key = config.has("layer_types") ? "layer_types" : "layers_block_type"
    // No model has as many layers as a file may claim.
    guard let types = try config.optionalStrings(key) else { return [Bool](repeating: true, count: min(count, 65_536)) }
    guard types.count == count else {
      throw config.error(key, expected: "one for each of the \(count) layers, not \(types.count)")
    }
    guard types.allSatisfy(["mamba", "linear_attention", "attention", "full_attention"].contains) else {
      throw config.error(key, expected: "mamba or linear_attention, and attention or full_attention")
    }
    return types.map { $0 == "mamba" || $0 == "linear_attention" }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.stateSpace = try StateSpaceKeys.space(
      file, ggufName, layers: try LayerNumbers.others(file.metadata, ggufName))
    let turns = try file.metadata.optionalBool("\(ggufName).rope.scaling.finetuned") ?? true
    shape.choices.attention = [AttentionRule(positions: turns ? .main : .none)]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries = shape.choices.stateSpace.map(StateSpaceKeys.metadata) ?? []
    // llama.cpp takes it for whether positions turn at all.
    entries.append(("rope.scaling.finetuned", .bool(shape.choices.attention(layer: 0).positions == .main)))
    if shape.choices.experts == nil {
      entries += [
        ("expert_count", .uint32(0)), ("expert_used_count", .uint32(0)),
        ("expert_shared_feed_forward_length", .uint32(UInt32(shape.intermediateSize))),
      ]
    }
    return entries
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    guard let space = shape.choices.stateSpace else { return nil }
    if space.innerSize != 2 * shape.hiddenSize {
      return "found state spaces of \(space.innerSize) channels, expected \(2 * shape.hiddenSize), twice hidden_size, "
        + "as llama.cpp does"
    }
    guard space.layers.contains(true) else {
      return "found no layer with a state space: llama.cpp runs such models under another name"
    }
    return StateSpaceKeys.obstacle(space)
  }

  func ggufRemark(_ shape: DecoderShape) -> String? { shape.choices.stateSpace.flatMap(StateSpaceKeys.remark) }
}
