import Checkpoints

/// Keys that do not begin with the name of a family.
enum GGUFKeys {
  static let tokenTypes = "tokenizer.ggml.token_type_count"
}

extension Architecture {
  /// Reads a GGUF file's metadata.
  package func shape(_ file: GGUFFile) throws(CheckpointError) -> DecoderShape {
    let keys = file.metadata
    let hidden = try keys.size("\(ggufName).embedding_length")
    let heads = try keys.size("\(ggufName).attention.head_count")
    let latent = try latentKeys?.attention(keys, prefix: ggufName)
    let stated = try keys.optionalSize("\(ggufName).attention.key_length")
    let headSize = latent?.headSize ?? stated ?? hidden / heads
    guard headSize > 0, headSize % 2 == 0 else {
      throw keys.error("\(ggufName).attention.head_count", expected: "heads of an even size, not of \(headSize)")
    }
    let keyValueHeads =
      ggufKeyValueHeads != .one
      ? try LayerNumbers.read(keys, ggufName, LayerNumbers.heads, ggufKeyValueHeads).max { $0 < $1 }
        .flatMap { $0 > 0 ? $0 : nil } ?? heads
      : try keys.optionalSize("\(ggufName).attention.head_count_kv") ?? heads
    guard heads % keyValueHeads == 0 else {
      throw keys.error(
        "\(ggufName).attention.head_count_kv", expected: "a divisor of \(ggufName).attention.head_count, \(heads)")
    }
    let embedding = try file.tensor("token_embd.weight")
    guard embedding.shape.count == 2 else {
      throw .malformed(
        path: file.path, part: .tensor(embedding.name, "shape"), found: "\(embedding.shape)", expected: "two sides")
    }
    var shape = DecoderShape(
      layers: try keys.size("\(ggufName).block_count"), hiddenSize: hidden,
      intermediateSize: try intermediateSize(keys), heads: heads,
      keyValueHeads: keyValueHeads,
      headSize: headSize, vocabularySize: embedding.shape[0],
      contextLength: try keys.size("\(ggufName).context_length"),
      normEpsilon: Float(try keys.positiveNumber("\(ggufName).\(epsilonKey)")),
      rotary: choices.position == .rotary
        ? try RotaryEmbedding(
          file, prefix: ggufName, headSize: headSize, isPartial: configKeys.rotaryShare != nil || latent != nil,
          isLatent: latent != nil)
        : RotaryEmbedding(base: configKeys.rotaryBase, dimensions: headSize),
      tiedOutput: !file.has("output.weight"), choices: choices)
    if let latent { shape.set(latent) }
    shape.choices.activation = configKeys.activations[0]
    shape.choices.experts = try expertKeys?.experts(keys, prefix: ggufName)
    for number in numbers {
      let value = try keys.optionalPositiveNumber("\(ggufName).\(number.gguf)")
      shape.choices[keyPath: number.part] = value.map { Float($0) } ?? number.ggufFallback
    }
    if ggufReadsBiases {
      let optional = biasKeys.flatMap(\.roles)
      // Layers may have something else in the place of attention.
      let first =
        ggufKeyValueHeads == .oneOrNone ? try LayerNumbers.read(keys, ggufName).firstIndex { $0 > 0 } ?? 0 : 0
      shape.choices.biases.formUnion(
        optional.filter { file.has($0.ggufName.replacing("{}", with: "\(first)") + ".bias") })
    }
    try adjust(&shape, file)
    try checkGGUFKeys(keys, shape)
    return shape
  }

  package var epsilonKey: String {
    choices.norm == .rootMeanSquare ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"
  }

  private func intermediateSize(_ keys: GGUFMetadata) throws(CheckpointError) -> Int {
    guard ggufFeedForward != .one else {
      return try keys.size(
        "\(ggufName).\(hasFeedForwardLength ? LayerNumbers.feedForward : "expert_feed_forward_length")")
    }
    let sizes = try LayerNumbers.read(keys, ggufName, LayerNumbers.feedForward, ggufFeedForward)
    guard let size = sizes.first(where: { $0 > 0 }) else {
      throw keys.error("\(ggufName).\(LayerNumbers.feedForward)", expected: "a layer with any")
    }
    return size
  }

  /// Metadata that describes the shape in a GGUF file, without the general and tokenizer keys.
  package func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [
      ("block_count", .uint32(UInt32(shape.layers))),
      ("context_length", .uint32(UInt32(shape.contextLength))),
      ("embedding_length", .uint32(UInt32(shape.hiddenSize))),
      ("attention.head_count", .uint32(UInt32(shape.heads))),
    ]
    entries +=
      shape.choices.latent?.metadata() ?? [
        (LayerNumbers.heads, LayerNumbers.heads(shape, ggufKeyValueHeads)),
        ("attention.key_length", .uint32(UInt32(shape.headSize))),
        ("attention.value_length", .uint32(UInt32(shape.headSize))),
      ]
    entries += [
      (epsilonKey, .float32(shape.normEpsilon)), ("vocab_size", .uint32(UInt32(shape.vocabularySize))),
    ]
    if hasFeedForwardLength {
      entries.append((LayerNumbers.feedForward, LayerNumbers.feedForward(shape, ggufFeedForward)))
    }
    if let experts = shape.choices.experts, let expertKeys { entries += expertKeys.metadata(experts) }
    if shape.choices.position == .rotary { entries += shape.rotary.metadata() }
    for number in numbers {
      if let value = shape.choices[keyPath: number.part] { entries.append((number.gguf, .float32(value))) }
    }
    entries += moreMetadata(shape)
    let types = shape.choices.tokenTypes.map { [(key: GGUFKeys.tokenTypes, value: GGUFValue.uint32(UInt32($0)))] }
    return entries.map { ("\(ggufName).\($0.key)", $0.value) } + (types ?? [])
      + Apertus.metadata(shape.choices.xIELU)
  }

  /// Tensors that a GGUF file holds and a checkpoint computes from its configuration.
  package func derivedTensors(_ shape: DecoderShape) -> [DerivedTensor] {
    let ofPositions: [DerivedTensor] =
      switch shape.rotary.scaling {
      case .none, .linear, .yarn: []
      case .llama3, .divisors:
        [DerivedTensor(name: RotaryTensors.divisors, values: shape.rotary.frequencyDivisors.map { Float($0) })]
      case .longRope(let scaling):
        [
          DerivedTensor(name: RotaryTensors.long, values: scaling.long.map { Float($0) }),
          DerivedTensor(name: RotaryTensors.short, values: scaling.short.map { Float($0) }),
        ]
      }
    return ofPositions + placeholders(shape)
  }
}

/// A tensor that follows from the configuration.
package struct DerivedTensor: Sendable, Equatable {
  package let name: String
  /// Outermost first.
  package let shape: [Int]
  private let stated: [Float]?

  /// A small vector.
  package init(name: String, values: [Float]) {
    (self.name, shape, stated) = (name, [values.count], values)
  }

  /// A matrix of zeros, which stands for nothing.
  package init(name: String, zeros shape: [Int]) {
    (self.name, self.shape, stated) = (name, shape, nil)
  }

  package var values: [Float] { stated ?? [Float](repeating: 0, count: shape.reduce(1, *)) }
}

/// GGUF's names of tensors that scale rotary frequencies.
enum RotaryTensors {
  static let divisors = "rope_freqs.weight"
  static let long = "rope_factors_long.weight"
  static let short = "rope_factors_short.weight"
}

extension DecoderShape {
  /// Reads which layers see a window only: `attention.sliding_window` is its size, and `attention.sliding_window_pattern` says it
  /// of each layer, or after how many such layers one sees everything.
  ///
  /// - Parameters:
  ///   - usual: which layers have a window where no pattern says it, repeated.
  ///   - beginsWithAll: whether of every so many layers the first sees everything, and not the last.
  ///   - fallback: the window where the file says none; nil for no window in any layer.
  ///   - positions: how layers with a window know them.
  ///   - others: what layers without a window see.
  mutating func readWindows(
    _ file: GGUFFile, _ prefix: String, usual: [Bool], beginsWithAll: Bool = false, fallback: Int? = nil,
    positions: AttentionRule.Positions = .main, others: AttentionRule = AttentionRule()
  ) throws(CheckpointError) {
    let key = "\(prefix).attention.sliding_window_pattern"
    guard let size = try file.metadata.optionalSize("\(prefix).attention.sliding_window") ?? fallback else { return }
    var pattern = usual
    if let value = file.metadata.value(key) {
      if let interval = value.asInteger, 0...65_536 ~= interval {
        // As llama.cpp has it: of every so many layers one; 0 gives all a window, 1 none.
        pattern = interval == 0 ? [true] : (1...interval).map { $0 != (beginsWithAll ? 1 : interval) }
      } else if let stated = value.asArray(of: \.asBool), stated.count >= layers {
        pattern = Array(stated.prefix(layers))
      } else {
        throw file.metadata.error(
          key, expected: "a number of layers, or one truth value for each of the \(layers)")
      }
    }
    choices.attention = pattern.map { $0 ? AttentionRule(window: size, positions: positions) : others }
  }

  /// Whether each layer sees a window only, as `attention.sliding_window_pattern` says it.
  var windowPattern: GGUFValue {
    .array(.bool, (0..<layers).map { .bool(choices.attention(layer: $0).window != nil) })
  }

  /// How many times as wide as most a layer's feed-forward is.
  func widening(layer: Int) -> Int { choices.widensSharing && keyValueLayer(of: layer) != layer ? 2 : 1 }

  /// Whether the layers follow a pattern.
  func follows(_ pattern: [AttentionRule]) -> Bool {
    (0..<layers).allSatisfy { choices.attention(layer: $0) == pattern[$0 % pattern.count] }
  }

  /// Whether two shapes say the same of each layer, one of them by a pattern perhaps.
  func isSame(as other: DecoderShape) -> Bool {
    var other = other
    guard other.layers == layers, follows(other.choices.attention) else { return false }
    other.choices.attention = choices.attention
    return self == other
  }
}
