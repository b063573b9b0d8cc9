import Checkpoints

/// Llama 4's language model: Llama whose layers see a chunk of the text, but for every fourth, which sees all without positions and has
/// queries that grow far into a text; a norm without weights over heads that turn; in some layers or all of them experts, whose
/// inputs are weighed by sigmoids, beside one for every token.
///
/// Keys: `transformers` configuration_llama4; names and metadata: llama.cpp `conversion/llama.py`.
struct Llama4: Architecture {
  var ggufName: String { "llama4" }
  var huggingFaceNames: [String] { ["Llama4ForCausalLM"] }
  var modelTypes: [String] { ["llama4_text"] }
  var biasKeys: [BiasKey] { [.attention] }
  var turnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var adjustingKeys: [String] {
    [
      "attention_chunk_size", "layer_types", "no_rope_layers", "no_rope_layer_interval", "use_qk_norm",
      "attn_temperature_tuning", "attn_scale", "floor_scale", "moe_layers", "interleave_moe_layer_step",
    ]
  }
  var adjustingGGUFKeys: [String] { [Self.step] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.intermediate = "intermediate_size_mlp"
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 128
      $0.rotaryBase = 500_000
    }
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.count = "num_local_experts"
      $0.size = "intermediate_size"
      $0.gatesShared = false
      $0.scores = .sigmoid
      $0.weighsInputs = true
      $0.normalizes = .never
    }
  }

  /// What llama.cpp takes every model of the family for.
  private static let usualChunk = 8192
  private static let usualGrowth = PositionGrowth.Numbers(slope: 0.1, length: 8192, first: 1)
  /// Without key in GGUF files: llama.cpp knows by the number of experts which models norm heads.
  private static let expertsWithoutNorms = 128
  private static let step = "interleave_moe_layer_step"

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    var shape = shape
    let turns = shape.choices.attention(layer: layer).positions != .none
    if turns { shape.choices.queryGrowth = nil }
    return BlockBuilder(shape, layer: layer)
      .attention(norm: turns && shape.choices.normsHeads ? .eachTurnedHeadWithoutWeights : .none).experts().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([
      .feedForwardGate: "feed_forward.gate_proj", .feedForwardUp: "feed_forward.up_proj",
      .feedForwardDown: "feed_forward.down_proj", .router: "feed_forward.router",
      .expertGate: "feed_forward.experts.{e}.gate_proj", .expertUp: "feed_forward.experts.{e}.up_proj",
      .expertDown: "feed_forward.experts.{e}.down_proj",
    ])
    .adding([
      (.sharedGate, "feed_forward.shared_expert.gate_proj"), (.sharedUp, "feed_forward.shared_expert.up_proj"),
      (.sharedDown, "feed_forward.shared_expert.down_proj"),
    ])
    .fusing([
      FusedTensor("feed_forward.experts.gate_up_proj", [.expertGate, .expertUp], isTransposed: true),
      FusedTensor("feed_forward.experts.down_proj", [.expertDown], isTransposed: true),
    ])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.normsHeads = try config.optionalBool("use_qk_norm") ?? true
    shape.choices.attention = try attention(config, shape)
    if try config.optionalBool("attn_temperature_tuning") ?? true {
      let slope = try config.optionalNumber("attn_scale") ?? Double(Self.usualGrowth.slope)
      guard slope >= 0 else { throw config.error("attn_scale", expected: "by how much queries grow, a number from 0") }
      let length = try config.optionalSize("floor_scale") ?? Self.usualGrowth.length
      shape.choices.queryGrowth = PositionGrowth.Numbers(slope: Float(slope), length: length, first: 1)
    }
    setExperts(&shape, in: try layersWithExperts(config, shape))
  }

  private func attention(_ config: JSONObject, _ shape: DecoderShape) throws(CheckpointError) -> [AttentionRule] {
    let chunk =
      config.keys.contains("attention_chunk_size") ? try config.size("attention_chunk_size") : Self.usualChunk
    let interval = try config.optionalSize("no_rope_layer_interval") ?? 4
    // An empty list says nothing.
    let isSaid = try config.optionalIntegers("no_rope_layers").map { !$0.isEmpty } ?? false
    let stated = isSaid ? try config.turningLayers(shape.layers) : nil
    let turning = stated ?? (0..<min(shape.layers, 65_536)).map { ($0 + 1) % interval != 0 }
    let kinds = try config.optionalStrings("layer_types")
    guard kinds?.count ?? shape.layers == shape.layers else {
      throw config.error("layer_types", expected: "one for each of the \(shape.layers) layers")
    }
    var rules: [AttentionRule] = []
    for (layer, turns) in turning.prefix(shape.layers).enumerated() {
      let positions = turns ? AttentionRule.Positions.main : .none
      switch kinds?[layer] ?? (turns ? "chunked_attention" : "full_attention") {
      case "chunked_attention": rules.append(AttentionRule(chunk: chunk, positions: positions))
      case "full_attention": rules.append(AttentionRule(positions: positions))
      default: throw config.error("layer_types", expected: "chunked_attention and full_attention")
      }
    }
    return rules
  }

  private func layersWithExperts(_ config: JSONObject, _ shape: DecoderShape) throws(CheckpointError) -> [Bool] {
    let step = try config.optionalSize(Self.step) ?? 1
    guard let stated = try config.optionalIntegers("moe_layers") else { return Self.every(step) }
    let layers = Set(stated)
    return (0..<min(shape.layers, 65_536)).map(layers.contains)
  }

  private static func every(_ step: Int) -> [Bool] { (1...min(step, 65_536)).map { $0 == step } }

  /// The expert that every token goes to is as wide as the others.
  private func setExperts(_ shape: inout DecoderShape, in layers: [Bool]) {
    guard var experts = shape.choices.experts else { return }
    (experts.layers, experts.sharedSize) = (layers, experts.size)
    shape.choices.experts = experts
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.normsHeads = shape.choices.experts?.count != Self.expertsWithoutNorms
    shape.choices.attention = Self.usualAttention(chunk: Self.usualChunk)
    shape.choices.queryGrowth = Self.usualGrowth
    setExperts(&shape, in: Self.every(try file.metadata.size("\(ggufName).\(Self.step)")))
  }

  private static func usualAttention(chunk: Int) -> [AttentionRule] {
    [Bool](repeating: true, count: 3).map { _ in AttentionRule(chunk: chunk) } + [AttentionRule(positions: .none)]
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [
      ("attention.sliding_window", .number(Self.usualChunk)), ("attention.sliding_window_pattern", .number(4)),
      ("rope.freq_base_swa", .decimal(shape.rotary.base)),
    ]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let experts = shape.choices.experts else { return [] }
    return [
      ("expert_feed_forward_length", .uint32(UInt32(experts.size))),
      (Self.step, .uint32(UInt32(Self.expertStep(shape) ?? 1))),
    ]
  }

  /// Of every how many layers the last has experts; nil where that is no rule.
  private static func expertStep(_ shape: DecoderShape) -> Int? {
    guard let experts = shape.choices.experts,
      let first = (0..<shape.layers).first(where: { experts.areIn(layer: $0) })
    else { return nil }
    return (0..<shape.layers).allSatisfy { experts.areIn(layer: $0) == (($0 + 1) % (first + 1) == 0) } ? first + 1 : nil
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    let (models, count) = ("models of type \(ggufName)", shape.choices.experts?.count ?? 0)
    let expectsNorms = count != Self.expertsWithoutNorms
    if shape.choices.normsHeads != expectsNorms {
      return "found use_qk_norm \(shape.choices.normsHeads), expected \(expectsNorms), which is what llama.cpp assumes "
        + "of \(models) with \(count) experts"
    }
    if Self.expertStep(shape) == nil {
      return "found experts in layers other than the last of every so many, which is all that llama.cpp knows of "
        + models
    }
    let chunk = shape.choices.attention.lazy.compactMap(\.chunk).first
    guard let chunk, shape.layers >= 4, shape.follows(Self.usualAttention(chunk: chunk)) else {
      return "found other layers than three that see chunks and turn, and one that sees all without positions, in "
        + "turns: llama.cpp assumes these of \(models)"
    }
    return nil
  }

  func ggufRemark(_ shape: DecoderShape) -> String? {
    let chunk = shape.choices.attention.lazy.compactMap(\.chunk).first ?? Self.usualChunk
    if chunk != Self.usualChunk {
      return "llama.cpp lets tokens of this family see chunks of \(Self.usualChunk), where the model's see \(chunk): "
        + "the two differ on longer texts"
    }
    guard shape.choices.queryGrowth != Self.usualGrowth else { return nil }
    return "llama.cpp lets queries of this family grow after \(Self.usualGrowth.length) tokens with a factor of "
      + "\(Self.usualGrowth.slope), and the model does otherwise: the two differ on longer texts"
  }
}
