import Checkpoints

/// Gemma 4's language model: Gemma 3 with wider heads in the layers that see everything, whose keys may be their values as well, a norm
/// over each head of values, and a number that scales each layer. In the small models each layer is given an embedding of its own of
/// each token, and the last layers take keys and values of earlier ones. The model of 26 B has experts beside each feed-forward layer.
///
/// Keys: `transformers` configuration_gemma4; names and metadata: llama.cpp `conversion/gemma.py`.
struct Gemma4: Architecture {
  var ggufName: String { "gemma4" }
  var huggingFaceNames: [String] { ["Gemma4ForCausalLM"] }
  var modelTypes: [String] { ["gemma4_text"] }
  var ggufKeyValueHeads: LayerNumbers.Form { .any }
  var ggufFeedForward: LayerNumbers.Form { .any }
  var ggufReadsDivisors: Bool { true }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingKeys: [String] {
    [
      "use_bidirectional_attention", "hidden_size_per_layer_input", "attention_k_eq_v", "global_head_dim",
      "num_global_key_value_heads", "per_layer_config", "num_kv_shared_layers", "use_double_wide_mlp",
      "vocab_size_per_layer_input",
    ]
  }
  var adjustingGGUFKeys: [String] {
    [
      "attention.sliding_window", "attention.sliding_window_pattern", "attention.key_length_swa",
      "attention.value_length_swa", "rope.freq_base_swa", "rope.dimension_count_swa", "attention.shared_kv_layers",
      "embedding_length_per_layer_input",
    ]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 4
      $0.usualHeadSize = 256
      $0.activation = "hidden_activation"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.rotaryBase = 1_000_000
      $0.usualProportion = 0.25
      $0.positionsDifferByLayer = true
      $0.windows = WindowKeys(usual: 512, layers: Self.usualWindows, positions: .local)
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.activation = .geluTanh
      $0.queryScale = 1
    }
  }
  var expertKeys: ExpertKeys? {
    ExpertKeys {
      $0.enabling = "enable_moe_block"
      $0.mayMiss = true
      $0.used = "top_k_experts"
      $0.hasScales = true
    }
  }
  var ggufFused: [[Role]] { [[.expertGate, .expertUp]] }
  func ggufNames(_ shape: DecoderShape) -> [Role: String] { [.expertGate: "blk.{}.ffn_gate_up_exps"] }
  var numbers: [NumberKey] {
    [
      NumberKey(
        \.logitSoftCap, config: "final_logit_softcapping", gguf: "final_logit_softcapping", ggufFallback: 30)
    ]
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    let last: Edge = "unscaled"
    let sum = shape.choices.layerInputs == nil ? last : "afterFeedForward"
    let attention = BlockBuilder(shape, layer: layer, norms: .both, output: sum).attentionOfUnitHeads()
    let widening = shape.widening(layer: layer)
    let feedForward =
      shape.choices.experts == nil
      ? attention.gatedFeedForward(widening: widening) : attention.feedForwardBesideExperts(widening: widening)
    return feedForward.layerInput(from: sum, to: last).scaled(from: last).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    var names = Gemma.names.adding(
      Gemma.namesOfLayerInputs + [
        (.layerScale, "layer_scalar"), (.router, "router.proj"),
        (.routerNorm, "router.scale"), (.expertScale, "router.per_expert_scale"),
        (.feedForwardBranchNorm, "post_feedforward_layernorm_1"), (.expertNorm, "pre_feedforward_layernorm_2"),
        (.expertPostNorm, "post_feedforward_layernorm_2"), (.expertGate, "experts.{e}.gate_proj"),
        (.expertUp, "experts.{e}.up_proj"), (.expertDown, "experts.{e}.down_proj"),
      ]
    )
    .fusing([
      FusedTensor("experts.gate_up_proj", [.expertGate, .expertUp]),
      FusedTensor("experts.down_proj", [.expertDown]),
    ])
    names.before += Gemma.namesOfLayerEmbeddings
    return names
  }

  private static let usualWindows = [true, true, true, true, true, false]

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    if let name = try config.optionalString("use_bidirectional_attention"), name != "vision" {
      throw config.error(
        "use_bidirectional_attention", expected: "nothing, or vision: tokens of text see none after them")
    }
    let size = config.has("hidden_size_per_layer_input") ? try config.count("hidden_size_per_layer_input") : 256
    if size > 0 {
      shape.choices.layerInputs = LayerInputs(
        size: size, vocabularySize: try config.optionalSize("vocab_size_per_layer_input") ?? 262_144)
    }
    guard shape.choices.attention(layer: shape.layers - 1).window == nil else {
      throw config.error("layer_types", expected: "full_attention for the last layer, as transformers takes it")
    }
    let heads = try globalHeads(config, shape)
    shape.choices.windowHeads = HeadSizes(keyValueHeads: shape.keyValueHeads, size: shape.headSize)
    (shape.keyValueHeads, shape.headSize) = (heads.keyValueHeads, heads.size)
    shape.choices.keysAreValues = try config.optionalBool("attention_k_eq_v") ?? false
    try Gemma.setSharing(
      &shape, config.has("num_kv_shared_layers") ? config.count("num_kv_shared_layers") : 0,
      config.error("num_kv_shared_layers", expected: "layers that have one of their kind before them"))
    shape.choices.widensSharing = try config.optionalBool("use_double_wide_mlp") ?? false
    try setRotary(&shape, config, windowSize: shape.choices.windowHeads?.size ?? heads.size)
  }

  private func setRotary(
    _ shape: inout DecoderShape, _ config: JSONObject, windowSize: Int
  ) throws(CheckpointError) {
    let stated = try config.optionalObject("rope_parameters")?.optionalObject("full_attention")
    if config.has("rope_theta"), stated?.has("rope_theta") != true {
      throw config.error(
        "rope_theta",
        expected: "the key among the parameters of positions: transformers does not read this one in this family")
    }
    shape.rotary = try RotaryEmbedding(
      config, configKeys, layers: .fullAttention, headSize: shape.headSize, context: shape.contextLength)
    var keys = configKeys
    keys.rotaryBase = 10_000
    shape.choices.localRotary = try RotaryEmbedding(
      config, keys, layers: .slidingAttention, headSize: windowSize, context: shape.contextLength)
  }

  /// Heads of the layers that see everything.
  private func globalHeads(_ config: JSONObject, _ shape: DecoderShape) throws(CheckpointError) -> HeadSizes {
    if let layers = try config.optionalObject("per_layer_config") { return try Self.heads(layers, shape) }
    let size = try config.optionalSize("global_head_dim") ?? 512
    guard size % 2 == 0 else { throw config.error("global_head_dim", expected: "an even number") }
    // Where keys are not values, nothing reads the number of them.
    let isRead = try config.optionalBool("attention_k_eq_v") ?? false
    let stated = isRead ? try config.optionalSize("num_global_key_value_heads") : nil
    guard shape.heads % (stated ?? 1) == 0 else {
      throw config.error("num_global_key_value_heads", expected: "a divisor of num_attention_heads, \(shape.heads)")
    }
    return HeadSizes(keyValueHeads: stated ?? shape.keyValueHeads, size: size)
  }

  /// What `per_layer_config` says of them: the same of each, and nothing of layers with a window.
  private static func heads(_ layers: JSONObject, _ shape: DecoderShape) throws(CheckpointError) -> HeadSizes {
    var found: [Int: HeadSizes] = [:]
    for key in layers.keys {
      let layer = try layers.object(key)
      guard let index = Int(key), 0..<shape.layers ~= index, shape.choices.attention(layer: index).window == nil,
        Set(layer.keys).isSubset(of: ["head_dim", "num_key_value_heads"])
      else {
        throw layers.error(key, expected: "head_dim and num_key_value_heads of a layer that sees everything")
      }
      let heads = try layer.optionalSize("num_key_value_heads") ?? shape.keyValueHeads
      let size = try layer.optionalSize("head_dim") ?? shape.headSize
      guard shape.heads % heads == 0, size % 2 == 0 else {
        throw layers.error(key, expected: "heads of an even size, a divisor of num_attention_heads")
      }
      found[index] = HeadSizes(keyValueHeads: heads, size: size)
    }
    let usual = HeadSizes(keyValueHeads: shape.keyValueHeads, size: shape.headSize)
    let all = (0..<min(shape.layers, 65_536)).filter { shape.choices.attention(layer: $0).window == nil }
      .map { found[$0] ?? usual }
    guard let first = all.first, all.allSatisfy({ $0 == first }) else {
      throw layers.error(layers.keys.first ?? "0", expected: "the same heads in all layers that see everything")
    }
    return first
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let keys = file.metadata
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    try shape.readWindows(file, ggufName, usual: Self.usualWindows, positions: .local)
    guard shape.choices.window != nil else {
      throw keys.error("\(ggufName).attention.sliding_window", expected: "the size of the window that most layers have")
    }
    let counts = try LayerNumbers.read(keys, ggufName, LayerNumbers.heads, .any)
    func count(_ hasWindow: Bool) throws(CheckpointError) -> Int {
      let own = counts.indices.filter { (shape.choices.attention(layer: $0).window != nil) == hasWindow }
      guard Set(own.map { counts[$0] }).count <= 1, shape.heads % max(counts[own.first ?? 0], 1) == 0 else {
        throw keys.error(
          "\(ggufName).attention.head_count_kv", expected: "the same divisor of the heads in all layers of a kind")
      }
      return counts[own.first ?? 0]
    }
    let size = try keys.size("\(ggufName).attention.key_length_swa")
    shape.keyValueHeads = try count(false)
    shape.choices.windowHeads = HeadSizes(keyValueHeads: try count(true), size: size)
    let base = try keys.optionalPositiveNumber("\(ggufName).rope.freq_base_swa") ?? 10_000
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: size)
    let sharing = "\(ggufName).attention.shared_kv_layers"
    try Gemma.setSharing(
      &shape, keys.value(sharing) == nil ? 0 : keys.count(sharing),
      keys.error(sharing, expected: "layers that have one of their kind before them"))
    try setWidths(&shape, keys)
    let inputs = try keys.count("\(ggufName).embedding_length_per_layer_input")
    if inputs > 0 {
      let rows = try file.tensor("per_layer_token_embd.weight").shape.first ?? 0
      shape.choices.layerInputs = LayerInputs(size: inputs, vocabularySize: rows)
    }
    // The file has no key of it, and lacks the matrices.
    let makers = min(shape.layers, 65_536) - shape.choices.sharingLayers
    let all = (0..<max(0, makers)).filter { shape.choices.attention(layer: $0).window == nil }
    let lacking = all.filter { !file.has("blk.\($0).attn_v.weight") }
    guard lacking.isEmpty || lacking == all else {
      throw .malformed(
        path: file.path, part: .tensor("blk.\(lacking[0]).attn_v.weight", "presence"), found: "nothing",
        expected: "it in all layers that see everything, or in none of them")
    }
    shape.choices.keysAreValues = !lacking.isEmpty
  }

  /// One width for all, or a list in which layers that take keys of others are twice as wide.
  private func setWidths(_ shape: inout DecoderShape, _ keys: GGUFMetadata) throws(CheckpointError) {
    let key = "\(ggufName).feed_forward_length"
    guard let widths = keys.value(key)?.asArray(of: \.asInteger), Set(widths).count > 1 else { return }
    shape.choices.widensSharing = true
    let expected = (0..<min(shape.layers, 65_536)).map { shape.intermediateSize * shape.widening(layer: $0) }
    guard widths == expected else {
      throw keys.error(key, expected: "twice the width in layers that take keys of others, and one width in all others")
    }
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [
      ("attention.value_length_swa", .number(shape.choices.windowHeads?.size ?? shape.headSize)),
      ("rope.dimension_count_swa", .number(shape.choices.windowHeads?.size ?? shape.headSize)),
    ]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    func number(_ value: Int) -> GGUFValue { .uint32(UInt32(value)) }
    var entries: [(key: String, value: GGUFValue)] = [
      ("attention.shared_kv_layers", number(shape.choices.sharingLayers)),
      ("embedding_length_per_layer_input", number(shape.choices.layerInputs?.size ?? 0)),
    ]
    guard let size = shape.choices.window, let heads = shape.choices.windowHeads else { return entries }
    entries += [
      ("attention.sliding_window", number(size)), ("attention.sliding_window_pattern", shape.windowPattern),
      ("attention.key_length_swa", number(heads.size)), ("attention.value_length_swa", number(heads.size)),
      ("rope.dimension_count_swa", number(heads.size)),
    ]
    if let local = shape.choices.localRotary { entries.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    return entries
  }

  func ggufRemark(_ shape: DecoderShape) -> String? {
    guard shape.choices.logitSoftCap == nil else { return nil }
    return
      "llama.cpp keeps logits of this family within 30 where a file says nothing, and the model does not: the two differ a little"
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if let local = shape.choices.localRotary, local.scaling != .none {
      return "found scaled positions in layers with a window, for which GGUF files have no key"
    }
    if shape.choices.window == nil {
      return "found no layer with a window, of which llama.cpp expects the size in models of type gemma4"
    }
    let makers = shape.layers - shape.choices.sharingLayers
    let isExpected = (makers..<shape.layers).allSatisfy { layer in
      shape.keyValueLayer(of: layer) == makers - (shape.choices.attention(layer: layer).window == nil ? 1 : 2)
    }
    guard isExpected else {
      return
        "found layers that take keys of others than the last two that make some, expected a layer with a window before one "
        + "without: llama.cpp takes those"
    }
    guard case .divisors = shape.rotary.scaling else {
      return "found other positions than those of kind proportional in layers that see everything, "
        + "which is what llama.cpp takes them for"
    }
    return nil
  }
}
