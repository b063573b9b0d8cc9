/// How the matrices of a block hang together: what a transform must know to edit weights and keep the function.
package struct BlockWiring: Sendable {
  /// What matrices read of the residual stream.
  package struct NormedInput: Sendable {
    /// Its weights multiply each channel; nil where none do.
    package let norm: Role?
    /// Added to what the norm makes.
    package let normBias: Role?
    package let site: Site
    package let readers: [Role]
  }

  /// Channels that can be scaled by what writes them and scaled back by all that read them.
  package struct Channels: Sendable {
    /// A norm, whose elements multiply the channels, or a matrix, whose rows make them.
    package let writer: Role
    package let writerBias: Role?
    /// The element or row behind each channel; several channels may share one.
    package let writerRows: [Int]
    package let site: Site
    /// Their columns read the channels.
    package let readers: [Role]
    /// Whether channels are those of attention heads, which are mixed over tokens and so may be turned within each head.
    package let areHeads: Bool
  }

  package let normedInputs: [NormedInput]
  /// In the order in which activations pass them.
  package let channels: [Channels]
  /// Matrices whose output is added to the residual stream.
  package let residualWriters: [Role]
  /// What is added to their outputs.
  package let residualBiases: [Role]
  /// Why the residual stream cannot be turned without changing the function, or nil.
  package fileprivate(set) var streamObstacle: String?
  /// Why the values of heads cannot be turned, or nil.
  package let headObstacle: String?
}

extension Architecture {
  /// How the matrices of a block hang together.
  package func wiring(_ shape: DecoderShape, layer: Int) -> BlockWiring {
    var wiring = BlockGraph(steps(shape, layer: layer)).wiring
    if wiring.streamObstacle == nil, shape.choices.position == .learned {
      wiring.streamObstacle = "found learned positions, which would have to be turned too"
    }
    return wiring
  }
}

/// Who writes and reads the edges of a block.
private struct BlockGraph {
  let block: BlockSteps
  private var writers: [Edge: any Step] = [:]
  private var readers: [Edge: [any Step]] = [:]
  /// Edges that the residual stream runs along.
  private var stream: Set<Edge> = [.blockInput]
  /// What is added to it, traced back to the matrix that made it, with the norms on the way.
  private var branches: [(writer: Linear, norms: [Norm])] = []

  init(_ block: BlockSteps) {
    self.block = block
    for step in block.steps {
      for edge in step.reads { readers[edge, default: []].append(step) }
      for (edge, _) in step.writes(block.columns) { writers[edge] = step }
    }
    for step in block.steps {
      if let add = step as? Add, stream.contains(add.stream) {
        stream.insert(add.to)
        branches += branch(add.branch).map { [$0] } ?? []
      }
      // A norm of the stream that is not for matrices alone goes on as the stream.
      if let norm = step as? Norm, stream.contains(norm.from), isStream(norm.to) { stream.insert(norm.to) }
    }
  }

  private func isStream(_ edge: Edge) -> Bool {
    block.outputs.contains(edge) || readers[edge]?.contains { ($0 as? Add)?.stream == edge } ?? false
  }

  private func branch(_ edge: Edge) -> (writer: Linear, norms: [Norm])? {
    switch writers[edge] {
    case let linear as Linear: return (linear, [])
    case let scale as Scale: return branch(scale.from)
    case let norm as Norm: return branch(norm.from).map { ($0.writer, $0.norms + [norm]) }
    default: return nil
    }
  }

  var wiring: BlockWiring {
    let sites = block.sites.flatMap(\.self).reduce(into: [Site]()) { if !$0.contains($1) { $0.append($1) } }
    let channels = sites.compactMap(self.channels)
    return BlockWiring(
      normedInputs: sites.compactMap(normedInput), channels: channels, residualWriters: branches.map(\.writer.role),
      residualBiases: branches.compactMap(\.writer.bias), streamObstacle: streamObstacle,
      headObstacle: channels.contains(where: isPartOfHeads)
        ? "found queries, keys and values in one matrix, of which only the values could be turned" : nil)
  }

  /// What matrices alone read of the stream: where experts read along, each has activations of its own, and all are left as they
  /// are.
  private func normedInput(_ site: Site) -> BlockWiring.NormedInput? {
    let linears = (readers[site] ?? []).compactMap { $0 as? Linear }
    if stream.contains(site) {
      let roles = linears.map(\.role)
      return roles.isEmpty ? nil : .init(norm: nil, normBias: nil, site: site, readers: roles)
    }
    guard let norm = writers[site] as? Norm, stream.contains(norm.from), linears.count == readers[site]?.count else {
      return nil
    }
    return .init(
      norm: norm.kind.hasWeights ? norm.role : nil, normBias: norm.bias, site: site, readers: linears.map(\.role))
  }

  /// What matrices alone read of a norm, and what one reads of another with nothing but steps in between that are linear in each
  /// channel.
  private func channels(_ site: Site) -> BlockWiring.Channels? {
    var (edge, areHeads, rows) = (site, false, Array(0..<(block.columns[site] ?? 0)))
    // What is multiplied channel by channel can be scaled, and not turned.
    var isGated = false
    if let input = normedInput(site), let norm = input.norm {
      return .init(
        writer: norm, writerBias: input.normBias, writerRows: rows, site: site, readers: input.readers, areHeads: false)
    }
    guard let reader = readers[site]?.first as? Linear else { return nil }
    while readers[edge]?.count == 1, let step = writers[edge] {
      if let writer = step as? Linear {
        return .init(
          writer: writer.role, writerBias: writer.bias, writerRows: rows, site: site, readers: [reader.role],
          areHeads: areHeads && !isGated)
      }
      guard let source = step.source(of: edge, block.columns) else { return nil }
      rows = rows.map { source.columns[$0] }
      isGated = isGated || step is Activate || step is Multiply || step is CausalConvolution
      (edge, areHeads) = (source.edge, areHeads || step.mixesTokens)
    }
    return nil
  }

  private func isPartOfHeads(_ channels: BlockWiring.Channels) -> Bool {
    let rows = block.allTensors.first { $0.role == channels.writer }?.rows
    return channels.areHeads && Set(channels.writerRows).count != rows
  }

  private var streamObstacle: String? {
    if block.steps.contains(where: { $0 is Route }) {
      return "found experts, whose routers and matrices this version does not turn"
    }
    let norms = block.steps.compactMap { $0 as? Norm }
    if norms.contains(where: { $0.kind != .rootMeanSquare }) {
      return "found layer norms, which take the mean of all channels: only root-mean-square norms commute with "
        + "rotations"
    }
    if norms.contains(where: { stream.contains($0.to) }) || branches.contains(where: { !$0.norms.isEmpty }) {
      return "found norms between a matrix and the residual stream, whose weights cannot be folded into what is turned"
    }
    let isFolded = block.steps.allSatisfy { step in
      guard let edge = step.reads.first(where: stream.contains), !(step is Add) else { return true }
      guard let norm = step as? Norm else { return false }
      return normedInput(norm.to)?.norm == norm.role && edge == norm.from
    }
    return isFolded ? nil : "found a step that reads the residual stream and is no norm before matrices alone"
  }
}
