import Checkpoints

/// Keys of config.json under which a family keeps its sizes, and what they mean where they are missing.
package struct ConfigKeys: Sendable {
  package var layers = "num_hidden_layers"
  /// Whether another key lists layers, of which the family counts them.
  package var listsLayers = false
  package var hidden = "hidden_size"
  /// nil where no key says it.
  package var intermediate: String? = "intermediate_size"
  /// Whether it may be a list of what all layers have.
  package var listsWidths = false
  /// What times the hidden size the feed-forward layers are wide, where the key may be missing.
  package var widening: Int?
  package var heads = "num_attention_heads"
  /// nil where every head of queries has keys and values of its own.
  package var keyValueHeads: String? = "num_key_value_heads"
  /// How many there are where nothing is said; nil for as many as heads of queries.
  package var usualKeyValueHeads: Int?
  /// nil where heads always share the hidden size.
  package var headSize: String? = "head_dim"
  /// The size where nothing is said; nil for what heads have that share the hidden size, which `null` says too.
  package var usualHeadSize: Int?
  package var vocabulary = "vocab_size"
  package var context = "max_position_embeddings"
  /// The longest text where nothing is said; nil where something must be.
  package var usualContext: Int?
  /// nil where no key says it.
  package var normEpsilon: String? = "rms_norm_eps"
  /// What holds where nothing is said; nil where something must be.
  package var usualNormEpsilon: Double?
  /// nil where no key says it.
  package var activation: String? = "hidden_act"
  /// Which can be asked for; the first where nothing is.
  package var activations = [Activation.silu]
  package var tiesOutput = false
  package var rotaryBase = 10_000.0
  /// Where configurations without `rope_parameters` keep it.
  package var rotaryBaseKey = "rope_theta"
  /// What share of a head turns; nil where all of it must.
  package var rotaryShare: String?
  /// What share turns where nothing is said.
  package var usualRotaryShare = 1.0
  /// Other names of keys, which older or newer configurations have instead.
  package var otherNames: [String: String] = [:]
  /// The length of texts that positions are scaled from, where nothing is said; nil for that of the context.
  package var originalContext: Int?
  /// Whether positions of kind `dynamic` may say by `alpha` how much larger their base is.
  package var growsBase = false
  /// Whether YaRN may blend between pairs that are no whole numbers.
  package var knowsTruncation = false
  /// Whether YaRN may say by `mscale` and `mscale_all_dim` how much larger queries, keys and scores are.
  package var knowsMagnitudes = false
  /// Whether positions of kind `mrope` are ordinary ones that have sections.
  package var knowsSections = false
  /// Whether layers with a window and the others have positions of their own.
  package var positionsDifferByLayer = false
  /// What share of pairs turns where nothing is said of positions, while the others stand still; nil where no kind of positions means that.
  package var usualProportion: Double?
  /// Windows of the tokens before it that each token sees; nil where the family has none, or reads them otherwise.
  package var windows: WindowKeys?

  package init(_ change: (inout ConfigKeys) -> Void = { _ in }) {
    change(&self)
  }
}

/// What a family makes of `sliding_window`.
package struct WindowKeys: Sendable {
  /// What it calls that key.
  package var size = "sliding_window"
  /// The window where nothing is said; nil for none.
  package var usual: Int?
  /// Which layers have one where `layer_types` does not say it, repeated; nil where all have, and nothing reads that key.
  package var layers: [Bool]?
  /// How layers with a window know positions.
  package var positions = AttentionRule.Positions.main

  func rules(_ config: JSONObject, layers count: Int) throws(CheckpointError) -> [AttentionRule] {
    let window = AttentionRule(window: try config.window(size, fallback: usual), positions: positions)
    guard let layers else { return [window] }
    return try config.attentionRules(layers: count, window: window, sizeKey: size)
      ?? layers.map { $0 ? window : AttentionRule() }
  }
}

/// A key of config.json, and its only value that this version knows in a family; so is a missing key read.
package typealias FixedKey = (key: String, value: ExpectedValue)

/// A key of config.json that turns biases on.
package struct BiasKey: Sendable {
  package let name: String
  package let roles: Set<Role>
  /// Whether there are some where nothing is said.
  package var isUsual = false

  /// Of queries, keys and values alone.
  static func inputs(_ name: String, isUsual: Bool = false) -> BiasKey {
    BiasKey(name: name, roles: Qwen2().choices.biases, isUsual: isUsual)
  }

  package static let attention = BiasKey(
    name: "attention_bias", roles: [.attentionQueryBias, .attentionKeyBias, .attentionValueBias, .attentionOutputBias])
  package static let feedForward = BiasKey(
    name: "mlp_bias", roles: [.feedForwardGateBias, .feedForwardUpBias, .feedForwardDownBias])
}

/// A number of a family's choices for which both worlds have a key.
package struct NumberKey: Sendable {
  package typealias Part = any WritableKeyPath<DecoderChoices, Float?> & Sendable

  package let part: Part
  package let config: String
  /// Without the family's prefix.
  package let gguf: String
  /// What holds where a configuration says nothing; `null` says that there is none.
  package let fallback: Float?
  /// The same for a GGUF file, as llama.cpp has it.
  package let ggufFallback: Float?

  package init(
    _ part: Part, config: String, gguf: String, fallback: Float? = nil, ggufFallback: Float? = nil
  ) {
    self.part = part
    self.config = config
    self.gguf = gguf
    self.fallback = fallback
    self.ggufFallback = ggufFallback
  }
}

extension Architecture {
  /// Reads config.json.
  ///
  /// - Throws: `CheckpointError.setting` for a key that is missing or asks for what the decoder cannot do.
  package func shape(_ config: JSONObject) throws(CheckpointError) -> DecoderShape {
    let keys = configKeys
    try OtherKeys.check(config, self)
    for (other, key) in keys.otherNames.sorted(by: { $0.key < $1.key }) { try config.agree(other, with: key) }
    let hidden = try config.size(keys.hidden)
    let heads = try config.size(keys.heads)
    let keyValueHeads = try keyValueHeads(config, of: heads)
    let latent = try latentKeys?.attention(config)
    // Of latent attention positions turn a part of each head.
    let headSize = if let latent { latent.turningSize } else { try headSize(config, hidden: hidden, heads: heads) }
    let usualContext = config.has(keys.context) ? nil : keys.usualContext
    let context = if let usualContext { usualContext } else { try config.size(keys.context) }
    let epsilonKey = keys.normEpsilon.flatMap { config.has($0) || keys.usualNormEpsilon == nil ? $0 : nil }
    let epsilon = if let epsilonKey { try config.positiveNumber(epsilonKey) } else { keys.usualNormEpsilon ?? 0 }
    var shape = DecoderShape(
      layers: keys.listsLayers ? 1 : try config.size(keys.layers), hiddenSize: hidden,
      intermediateSize: try intermediateSize(config, hidden: hidden), heads: heads, keyValueHeads: keyValueHeads,
      headSize: headSize, vocabularySize: try config.size(keys.vocabulary), contextLength: context,
      normEpsilon: Float(epsilon),
      rotary: choices.position == .rotary
        ? try RotaryEmbedding(config, keys, layers: .fullAttention, headSize: headSize, context: context)
        : RotaryEmbedding(base: keys.rotaryBase, dimensions: headSize),
      tiedOutput: try config.optionalBool("tie_word_embeddings") ?? keys.tiesOutput, choices: choices)
    if let latent { shape.set(latent) }
    shape.choices.activation = try activation(config)
    shape.choices.experts = try expertKeys?.experts(config)
    if let windows = keys.windows { shape.choices.attention = try windows.rules(config, layers: shape.layers) }
    for key in biasKeys where try config.optionalBool(key.name) ?? key.isUsual {
      shape.choices.biases.formUnion(key.roles)
    }
    for number in numbers {
      let fallback = config.keys.contains(number.config) ? nil : number.fallback
      let value = try config.optionalPositiveNumber(number.config)
      shape.choices[keyPath: number.part] = value.map { Float($0) } ?? fallback
    }
    try adjust(&shape, config)
    return shape
  }

  private func keyValueHeads(_ config: JSONObject, of heads: Int) throws(CheckpointError) -> Int {
    guard let key = configKeys.keyValueHeads else { return heads }
    // `null` says as many as heads of queries.
    let usual = config.keys.contains(key) ? nil : configKeys.usualKeyValueHeads
    let count = try config.optionalSize(key) ?? usual ?? heads
    guard heads % count == 0 else {
      throw config.error(key, expected: "a divisor of \(configKeys.heads), \(heads)")
    }
    return count
  }

  private func headSize(_ config: JSONObject, hidden: Int, heads: Int) throws(CheckpointError) -> Int {
    let stated = try configKeys.headSize.map { key throws(CheckpointError) in try config.optionalSize(key) } ?? nil
    let usual = configKeys.headSize.map(config.keys.contains) ?? true ? nil : configKeys.usualHeadSize
    let size = stated ?? usual ?? hidden / heads
    guard size > 0, size % 2 == 0 else {
      throw config.error(
        configKeys.headSize ?? configKeys.heads,
        expected: "an even number; \(configKeys.hidden) / \(configKeys.heads) is \(hidden / heads)")
    }
    return size
  }

  /// Whether something is said of how wide feed-forward layers without experts would be.
  var hasFeedForwardLength: Bool { configKeys.intermediate != nil || configKeys.widening != nil || expertKeys == nil }

  private func intermediateSize(_ config: JSONObject, hidden: Int) throws(CheckpointError) -> Int {
    if configKeys.listsWidths, let key = configKeys.intermediate, config.value(key)?.asArray != nil {
      return try config.uniformSize(key, layersKey: configKeys.layers, mayBeLonger: false)
    }
    let stated = try configKeys.intermediate.map { key throws(CheckpointError) in try config.optionalSize(key) } ?? nil
    if let stated { return stated }
    if let other = configKeys.otherNames.first(where: { $0.value == configKeys.intermediate })?.key,
      let size = try config.optionalSize(other)
    {
      return size
    }
    if let widening = configKeys.widening { return widening * hidden }
    if !hasFeedForwardLength, let key = expertKeys?.size { return try config.size(key) }
    return try config.size(configKeys.intermediate ?? "intermediate_size")
  }

  private func activation(_ config: JSONObject) throws(CheckpointError) -> Activation {
    let known = configKeys.activations
    guard let key = configKeys.activation, let name = try config.optionalString(key) else { return known[0] }
    guard let activation = Activation(configName: name), known.contains(activation) else {
      throw config.error(key, expected: known.flatMap(\.configNames).joined(separator: " or "))
    }
    return activation
  }
}

extension Activation {
  /// What config.json calls it.
  var configNames: [String] {
    switch self {
    case .silu: ["silu", "swish"]
    case .geluTanh: ["gelu_pytorch_tanh", "gelu_new", "gelu_fast"]
    case .gelu: ["gelu", "gelu_python"]
    case .relu: ["relu"]
    case .reluSquared: ["relu2"]
    case .sigmoid: ["sigmoid"]
    case .tanh: ["tanh"]
    }
  }

  init?(configName: String) {
    let known = Activation.allCases.first { $0.configNames.contains(configName) }
    guard let known else { return nil }
    self = known
  }
}

extension JSONObject {
  /// Reads `sliding_window`, or what a family calls it.
  ///
  /// - Parameter fallback: what holds where nothing is said; `null` says that there is no window.
  func window(_ key: String = "sliding_window", fallback: Int?) throws(CheckpointError) -> Int? {
    try optionalSize(key) ?? (keys.contains(key) ? nil : fallback)
  }

  /// Reads `layer_types`: which layers see a window of the tokens before them, and which all; nil where it is missing.
  func attentionRules(
    layers: Int, window: AttentionRule, others: AttentionRule = AttentionRule(), sizeKey: String = "sliding_window"
  ) throws(CheckpointError) -> [AttentionRule]? {
    guard let types = try optionalStrings("layer_types") else { return nil }
    guard types.count == layers else {
      throw error("layer_types", expected: "one for each of the \(layers) layers, not \(types.count)")
    }
    var rules: [AttentionRule] = []
    for type in types {
      switch type {
      case "full_attention": rules.append(others)
      case "sliding_attention" where window.window == nil:
        throw error("layer_types", expected: "full_attention alone: no layer has a window, as \(sizeKey) says")
      case "sliding_attention": rules.append(window)
      default: throw error("layer_types", expected: "full_attention and sliding_attention")
      }
    }
    return rules
  }

  /// Reads `no_rope_layers`: whether each layer has positions; nil where it is missing.
  func turningLayers(_ layers: Int) throws(CheckpointError) -> [Bool]? {
    guard let turning = try optionalIntegers("no_rope_layers") else { return nil }
    // The name notwithstanding, 1 is for layers with positions.
    guard turning.count >= layers, turning.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      throw error("no_rope_layers", expected: "0 or 1 for each of the \(layers) layers")
    }
    return turning.map { $0 == 1 }
  }
}
