/// How the matrices of a block hang together: what a transform must know to edit weights and keep the function.
package struct BlockWiring: Sendable {
  /// What matrices read of the residual stream.
  package struct NormedInput: Sendable {
    /// Its weights multiply each channel; nil where the stream is read as it is.
    package let norm: Role?
    /// Added to what the norm makes.
    package let normBias: Role?
    package let site: Site
    package let readers: [Role]
  }

  /// Channels between two matrices with nothing but steps in between that are linear in each channel.
  package struct Channels: Sendable {
    /// Its rows make the channels.
    package let writer: Role
    package let writerBias: Role?
    package let site: Site
    /// Its columns read them.
    package let reader: Role
    /// Whether channels are those of attention heads, which are mixed over tokens and so may be turned within each head.
    package let areHeads: Bool
    /// The row of `writer` behind each column of `reader`; several columns may share a row.
    package let writerRows: [Int]
  }

  package let normedInputs: [NormedInput]
  package let channels: [Channels]
  /// Matrices whose output is added to the residual stream.
  package let residualWriters: [Role]
  /// What is added to their outputs.
  package let residualBiases: [Role]
  /// Why the residual stream cannot be turned without changing the function, or nil.
  package let streamObstacle: String?
  /// Why the values of heads cannot be turned, or nil.
  package let headObstacle: String?
}

extension Architecture {
  /// How the matrices of a block hang together.
  package func wiring(_ shape: DecoderShape) -> BlockWiring {
    BlockWiring(shape, roles: Set(names(shape).block.map(\.role)))
  }
}

extension BlockWiring {
  /// - Parameter roles: those that a block has, biases apart.
  init(_ shape: DecoderShape, roles: Set<Role>) {
    let biases = shape.choices.biases
    func bias(_ role: Role) -> Role? { role.bias.flatMap { biases.contains($0) ? $0 : nil } }
    func input(_ norm: Role, _ site: Site, _ readers: [Role]) -> NormedInput {
      let norm = roles.contains(norm) ? norm : nil
      return NormedInput(
        norm: norm, normBias: norm.flatMap { bias($0) }, site: site, readers: readers.filter(roles.contains))
    }
    let attention = input(
      .attentionNorm, .attentionInput, [.attentionQuery, .attentionKey, .attentionValue, .attentionQueryKeyValue])
    let feedForward = input(
      .feedForwardNorm, .feedForwardInput, [.feedForwardGate, .feedForwardUp, .feedForwardGateUp])
    // Routers and experts share what they read, and each has activations of its own: they are left as they are.
    normedInputs = roles.contains(.router) ? [attention] : [attention, feedForward]
    let values: Role = shape.choices.fusesAttention ? .attentionQueryKeyValue : .attentionValue
    let up: Role = shape.choices.fusesGate ? .feedForwardGateUp : .feedForwardUp
    var channels = [
      Channels(
        writer: values, writerBias: bias(values), site: .attentionContext, reader: .attentionOutput, areHeads: true,
        writerRows: Self.valueRows(shape))
    ]
    if shape.choices.isGated, !roles.contains(.router) {
      let first = shape.choices.fusesGate ? shape.intermediateSize : 0
      channels.append(
        Channels(
          writer: up, writerBias: bias(up), site: .feedForwardProduct, reader: .feedForwardDown, areHeads: false,
          writerRows: Array(first..<first + shape.intermediateSize)))
    }
    self.channels = channels
    residualWriters = [.attentionOutput, .feedForwardDown]
    residualBiases = residualWriters.compactMap { bias($0) }
    streamObstacle = Self.streamObstacle(shape.choices)
    headObstacle =
      shape.choices.fusesAttention
      ? "found queries, keys and values in one matrix, of which only the values could be turned" : nil
  }

  private static func valueRows(_ shape: DecoderShape) -> [Int] {
    let groups = shape.heads / shape.keyValueHeads
    let first = shape.choices.fusesAttention ? (shape.heads + shape.keyValueHeads) * shape.headSize : 0
    return (0..<shape.heads * shape.headSize).map { column in
      first + column / shape.headSize / groups * shape.headSize + column % shape.headSize
    }
  }

  private static func streamObstacle(_ choices: DecoderChoices) -> String? {
    if choices.experts != nil { return "found experts, whose routers and matrices this version does not turn" }
    if choices.norm == .layer {
      return "found layer norms, which take the mean of all channels: only root-mean-square norms commute with "
        + "rotations"
    }
    if choices.normPlacement != .before {
      return "found norms between a matrix and the residual stream, whose weights cannot be folded into what is turned"
    }
    if choices.position == .learned { return "found learned positions, which would have to be turned too" }
    return nil
  }
}
