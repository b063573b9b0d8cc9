import Models

/// Where a weight matrix stands in its model.
package struct TensorPlace: Sendable, Equatable {
  package var role: Role
  /// The position of its layer among the layers that have a matrix of this role; 0 outside layers.
  package var layer: Int
  /// The number of inputs: the length of a row.
  package var columns: Int

  package init(role: Role, layer: Int = 0, columns: Int) {
    self.role = role
    self.layer = layer
    self.columns = columns
  }
}

/// What a mix of formats asks about the whole model.
package struct MixModel: Sendable, Equatable {
  /// The GGUF architecture name, such as `llama` or `qwen2`.
  package var architecture: String
  package var layerCount: Int
  /// The number of layers whose attention has a value matrix (of its own, or joined with others).
  package var valueLayerCount: Int
  /// Layers without one, in order.
  package var layersWithoutValues: [Int] = []
  /// Layers without a feed-forward layer, in order.
  package var layersWithoutFeedForward: [Int] = []
  /// Query heads that share one key and value head.
  package var headsPerKeyValueHead: Int
  /// Experts in each feed-forward layer; 0 where there are none.
  package var expertCount: Int
  /// Layers with an expert that all tokens go to, in order.
  package var layersWithSharedExpert: [Int] = []
  /// Whether each layer with experts has a feed-forward layer beside them.
  package var hasFeedForwardBesideExperts = false
  /// For each role whose matrices lie behind others in one tensor, the role of those, which llama-quantize knows it by.
  package var joined: [Role: Role] = [:]
  /// Whether the model has a matrix for its output, or uses the token embedding.
  package var output: Output
  /// Whether quantization is guided by the importance of columns.
  package var guidance: Guidance

  package enum Output: Sendable { case ownMatrix, tokenEmbedding }
  package enum Guidance: Sendable { case none, importance }

  package init(
    architecture: String, layerCount: Int, valueLayerCount: Int? = nil, headsPerKeyValueHead: Int, expertCount: Int = 0,
    output: Output, guidance: Guidance
  ) {
    self.architecture = architecture
    self.layerCount = layerCount
    self.valueLayerCount = valueLayerCount ?? layerCount
    self.headsPerKeyValueHead = headsPerKeyValueHead
    self.expertCount = expertCount
    self.output = output
    self.guidance = guidance
  }

  /// What a mix asks about a model of a family.
  package init(_ architecture: any Architecture, _ shape: DecoderShape, guidance: Guidance) {
    self.init(
      architecture: architecture.ggufName, layerCount: shape.layers,
      // Of the first layer, where layers differ.
      headsPerKeyValueHead: shape.heads / shape.headSizes(layer: 0).keyValueHeads,
      expertCount: shape.choices.experts?.count ?? 0,
      output: shape.hasOutputMatrix ? .ownMatrix : .tokenEmbedding, guidance: guidance)
    let feedForward = shape.choices.feedForwardLayers
    // Files hold some that nothing reads, and llama-quantize counts them.
    let unread = Set(architecture.placeholders(shape).map(\.name))
    layersWithoutValues = (0..<shape.layers).filter {
      !shape.hasValues(layer: $0) && !unread.contains("blk.\($0).attn_v.weight")
    }
    layersWithoutFeedForward = feedForward.indices.filter { !feedForward[$0] }
    valueLayerCount -= layersWithoutValues.count
    let roles = Set(architecture.steps(shape, layer: shape.layers - 1).allTensors.map(\.role))
    hasFeedForwardBesideExperts = roles.isSuperset(of: [.feedForwardDown, .expertDown])
    for sharers in architecture.ggufFused { for role in sharers.dropFirst() { joined[role] = sharers[0] } }
    guard let experts = shape.choices.experts, experts.sharedSize != nil else { return }
    layersWithSharedExpert = (0..<shape.layers).filter { layer in
      experts.areIn(layer: layer) && (feedForward.isEmpty || feedForward[layer])
    }
  }

  /// The place of a matrix of a layer.
  package func place(_ role: Role, layer: Int, columns: Int) -> TensorPlace {
    var missing: [Int] = []
    if role.makesValues { missing = layersWithoutValues }
    // Of experts llama-quantize reads the layer out of the name.
    if expertCount < 2 && (role.isGate || role.isUp || role.isDown) { missing = layersWithoutFeedForward }
    // Mixes make no difference between the two tables.
    let role = role == .layerEmbedding ? Role.tokenEmbedding : joined[role] ?? role
    return TensorPlace(role: role, layer: layer - missing.count { $0 < layer }, columns: columns)
  }

  /// The place of a down projection among all of them, by layers and names: an expert that all tokens go to has one of its own, and
  /// so has a feed-forward layer beside experts.
  func place(ofDown place: TensorPlace) -> Int {
    if hasFeedForwardBesideExperts { return 2 * place.layer + (place.role == .expertDown ? 1 : 0) }
    guard !layersWithSharedExpert.isEmpty else { return place.layer }
    let own = [layersWithSharedExpert, layersWithoutFeedForward].map { $0.count { $0 < place.layer } }
    return place.layer + own[0] - own[1] + (place.role == .sharedDown ? 1 : 0)
  }

  /// Whether llama.cpp would call this a model of 70 billion parameters: its value matrices are small beside the rest.
  var isSeventyBillion: Bool {
    switch architecture {
    case "llama": expertCount == 0 && layerCount == 80 && headsPerKeyValueHead > 1
    case "qwen2", "deci", "olmo": layerCount == 80
    case "jais2": layerCount == 68
    default: false
    }
  }

  /// Whether layer `index` of `count` gets more bits in the medium mixes: the first and last eighth, and every third
  /// in between.
  static func deservesMoreBits(_ index: Int, of count: Int) -> Bool {
    index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2
  }
}
