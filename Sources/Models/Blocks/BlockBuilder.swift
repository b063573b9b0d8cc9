import Foundation

/// Puts a block together of sub-layers, each of which reads the residual stream and adds a branch to it.
///
/// What a configuration says of a block comes from there; what only the family knows is said here.
package struct BlockBuilder {
  /// Where norms stand.
  package enum Norms: Sendable {
    /// Before what reads the stream.
    case before
    /// Over each branch.
    case after
    case both
    /// Over the stream itself, after each sum.
    case afterSum
  }

  /// Over what queries and keys are normed, before they turn where nothing else is said.
  package enum QueryKeyNorm: Sendable {
    case none
    case eachHead
    /// Each head once it has turned, and the same without weights.
    case eachTurnedHead
    case eachTurnedHeadWithoutWeights
    case allHeads
  }

  package internal(set) var steps: [any Step] = []
  let shape: DecoderShape
  let layer: Int
  let rule: AttentionRule
  /// What the last sub-layer leaves.
  let output: Edge
  private let norms: Norms
  private let isParallel: Bool
  private let sharesNorm: Bool
  private let isAlone: Bool
  var stream = Edge.blockInput
  /// A branch that is added once the next sub-layer has read the stream as well.
  private var pending: Edge?

  /// - Parameters:
  ///   - isParallel: whether attention and feed-forward both read the stream as it enters the block.
  ///   - sharesNorm: whether they then read it through one norm, attention's.
  ///   - isAlone: whether the block is attention, or what takes its place, without a feed-forward layer.
  ///   - output: what the last sub-layer leaves, where something else follows it.
  package init(
    _ shape: DecoderShape, layer: Int, norms: Norms = .before, isParallel: Bool = false, sharesNorm: Bool = false,
    isAlone: Bool = false, output: Edge = .blockOutput
  ) {
    (self.shape, self.norms, self.isParallel, self.sharesNorm) = (shape, norms, isParallel, sharesNorm)
    (self.layer, self.isAlone, self.output) = (layer, isAlone, output)
    rule = shape.choices.attention(layer: layer)
  }

  /// Attention with grouped-query heads.
  ///
  /// - Parameters:
  ///   - isFused: whether queries, keys and values come from one matrix.
  ///   - isGated: whether the matrix of queries also makes what multiplies the output of each head: rows of both take turns.
  ///   - readsStream: whether nothing norms what it reads, whatever other sub-layers do.
  package func attention(
    isFused: Bool = false, norm: QueryKeyNorm = .none, isGated: Bool = false, readsStream: Bool = false
  ) -> BlockBuilder {
    subLayer(.attentionNorm, .attentionInput, "attentionBranch", readsStream: readsStream) { builder, input in
      builder.attend(input, to: "attentionBranch", isFused: isFused, norm: norm, isGated: isGated)
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  /// The steps of attention, from its normed input to its branch.
  mutating func attend(
    _ input: Edge, to branch: Edge, isFused: Bool = false, norm: QueryKeyNorm = .none, isGated: Bool = false
  ) {
    let (queries, keys) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize)
    linears(
      isFused ? .attentionQueryKeyValue : nil,
      [
        (.attentionQuery, isGated ? "queriesAndGates" : "queries", isGated ? 2 * queries : queries),
        (.attentionKey, "keys", keys), (.attentionValue, "values", keys),
      ], input)
    if isGated {
      steps.append(Split("queriesAndGates", into: [("queries", queries), ("gates", queries)], heads: shape.heads))
    }
    let (query, key, value) = (limited("queries"), limited("keys"), limited("values"))
    var mix = Attention(
      queries: grown(turned(query, norm, .attentionQueryNorm)), keys: turned(key, norm, .attentionKeyNorm),
      values: value, to: isGated ? "ungatedContext" : .attentionContext, headSize: shape.headSize)
    (mix.mask, mix.window, mix.chunk) = (shape.choices.mask, rule.window, rule.chunk)
    (mix.scale, mix.softCap) = (shape.choices.queryScale, shape.choices.attentionSoftCap)
    (mix.slopes, mix.sinks) = (shape.slopes, shape.choices.hasSinks ? .attentionSinks : nil)
    steps.append(mix)
    if isGated { steps.append(Activate(.sigmoid, "gates", times: "ungatedContext", to: .attentionContext)) }
    steps.append(linear(.attentionOutput, .attentionContext, branch, rows: shape.hiddenSize))
  }

  /// Queries or keys, normed and turned by their positions, as the layer has it.
  ///
  /// - Parameter to: where they then stand, where that has a name.
  mutating func turned(_ edge: Edge, _ norm: QueryKeyNorm, _ role: Role, to: Edge? = nil) -> Edge {
    var edge = edge
    let size = shape.headSizes(layer: layer).size
    if norm == .eachHead || norm == .allHeads {
      edge = self.norm(role, edge, headSize: norm == .eachHead ? size : nil)
    }
    if let rotary = shape.rotary(rule) {
      let turned = to ?? Edge("\(edge.name).turned")
      steps.append(Rope(edge, rotary, headSize: size, to: turned))
      edge = turned
    }
    switch norm {
    case .none, .eachHead, .allHeads: return edge
    case .eachTurnedHead: return self.norm(role, edge, headSize: size)
    case .eachTurnedHeadWithoutWeights: return normWithoutWeights(edge, to: Edge("\(edge.name).normed"))
    }
  }

  /// Brings the root mean square of each head to 1.
  mutating func normWithoutWeights(_ edge: Edge, to: Edge) -> Edge {
    let size = Float(shape.headSizes(layer: layer).size)
    steps.append(
      L2Norm(edge, headSize: Int(size), epsilon: size * shape.normEpsilon, times: size.squareRoot(), to: to))
    return to
  }

  /// Queries, keys or values within the limit that the configuration has for them.
  private mutating func limited(_ edge: Edge) -> Edge {
    guard let limit = shape.choices.queryKeyValueLimit else { return edge }
    let within = Edge("\(edge.name).limited")
    steps.append(Clamp(edge, limit: limit, to: within))
    return within
  }

  /// Queries that grow with their positions, where the configuration says so.
  private mutating func grown(_ edge: Edge) -> Edge {
    guard let growth = shape.choices.queryGrowth else { return edge }
    let grown = Edge("\(edge.name).grown")
    steps.append(PositionGrowth(edge, growth, to: grown))
    return grown
  }

  /// Two matrices with an activation between them.
  package func feedForward() -> BlockBuilder {
    feedForward { builder, input in
      builder.steps.append(linear(.feedForwardUp, input, "up", rows: shape.intermediateSize))
      builder.steps.append(
        shape.choices.xIELU.isEmpty
          ? Activate(shape.choices.activation, "up", to: .feedForwardProduct)
          : XIELU(shape.choices.xIELU[layer], "up", to: .feedForwardProduct))
    }
  }

  /// Gate and up, whose product down reads.
  ///
  /// - Parameters:
  ///   - isFused: whether gate and up are one matrix.
  ///   - widening: how many times as wide as most layers it is.
  package func gatedFeedForward(isFused: Bool = false, widening: Int = 1) -> BlockBuilder {
    feedForward { builder, input in builder.multiplyGated(input, isFused: isFused, widening: widening) }
  }

  /// Gate and up, and their product. Of gates, only what lies far above their mean may be kept.
  mutating func multiplyGated(_ input: Edge, isFused: Bool = false, widening: Int = 1) {
    let size = widening * shape.intermediateSize
    linears(
      isFused ? .feedForwardGateUp : nil, [(.feedForwardGate, "gate", size), (.feedForwardUp, "up", size)], input)
    var gate: Edge = "gate"
    if shape.choices.gateCutoffs.indices.contains(layer), let deviations = shape.choices.gateCutoffs[layer] {
      gate = "gate.kept"
      steps.append(GaussianTopK("gate", deviations: deviations, to: gate))
    }
    steps.append(Activate(shape.choices.activation, gate, times: "up", to: .feedForwardProduct))
  }

  private func feedForward(_ product: (inout BlockBuilder, Edge) -> Void) -> BlockBuilder {
    subLayer(.feedForwardNorm, .feedForwardInput, "feedForwardBranch") { builder, input in
      product(&builder, input)
      builder.steps.append(
        linear(.feedForwardDown, .feedForwardProduct, "feedForwardBranch", rows: shape.hiddenSize))
    }.adding(.feedForwardPostNorm, .feedForwardSumNorm, to: output)
  }

  /// Gate, up and down beside experts, each of the two with norms of its own; the router reads a third norm of the stream, which is
  /// divided by the square root of its columns.
  ///
  /// `transformers` modeling_gemma4.
  package func feedForwardBesideExperts(widening: Int = 1) -> BlockBuilder {
    guard let experts = shape.choices.experts else { preconditionFailure("a layer of experts without any") }
    return subLayer(.feedForwardNorm, .feedForwardInput, "feedForwardBranch") { builder, input in
      let stream = builder.stream
      builder.multiplyGated(input, widening: widening)
      builder.steps.append(linear(.feedForwardDown, .feedForwardProduct, "denseBranch", rows: shape.hiddenSize))
      let dense = builder.norm(.feedForwardBranchNorm, "denseBranch")
      builder.steps.append(
        Scale(
          builder.norm(.routerNorm, stream, to: "routerNormed"), by: 1 / Float(shape.hiddenSize).squareRoot(),
          to: .routerInput))
      let inputs = builder.norm(.expertNorm, stream, to: .expertsInput)
      builder.steps.append(
        Route(
          experts, from: inputs, scored: .routerInput, to: "expertBranch", expert: gatedExpert(experts), shared: nil))
      builder.steps.append(Add(dense, builder.norm(.expertPostNorm, "expertBranch"), to: "feedForwardBranch"))
    }.adding(.feedForwardPostNorm, .feedForwardSumNorm, to: output)
  }

  /// Experts in the place of a feed-forward layer, as the configuration has them; some layers may have none.
  package func experts() -> BlockBuilder {
    guard let experts = shape.choices.experts else { preconditionFailure("a family of experts without any") }
    guard experts.areIn(layer: layer) else { return gatedFeedForward() }
    return subLayer(.feedForwardNorm, .feedForwardInput, "feedForwardBranch") { builder, input in
      let shared = experts.sharedSize.map {
        gated(.sharedGate, .sharedUp, .sharedDown, from: input, product: .sharedProduct, size: $0)
      }
      builder.steps.append(
        Route(experts, from: input, to: "feedForwardBranch", expert: gatedExpert(experts), shared: shared))
    }.adding(.feedForwardPostNorm, .feedForwardSumNorm, to: output)
  }

  /// Experts without gates: two matrices each, with an activation between them.
  package func plainExperts() -> BlockBuilder {
    guard let experts = shape.choices.experts else { preconditionFailure("a family of experts without any") }
    return subLayer(.feedForwardNorm, .feedForwardInput, "feedForwardBranch") { builder, input in
      let expert = plain(
        .expertUp, .expertDown, from: .expertInput(nil), product: .expertProduct(nil), size: experts.size)
      let shared = experts.sharedSize.map {
        plain(.sharedUp, .sharedDown, from: input, product: .sharedProduct, size: $0)
      }
      builder.steps.append(Route(experts, from: input, to: "feedForwardBranch", expert: expert, shared: shared))
    }.adding(.feedForwardPostNorm, .feedForwardSumNorm, to: .blockOutput)
  }

  private func gatedExpert(_ experts: Experts) -> BlockSteps {
    gated(
      .expertGate, .expertUp, .expertDown, from: .expertInput(nil), product: .expertProduct(nil), size: experts.size)
  }

  private func plain(_ up: Role, _ down: Role, from: Edge, product: Edge, size: Int) -> BlockSteps {
    BlockSteps(
      [
        linear(up, from, "up", rows: size), Activate(shape.choices.activation, "up", to: product),
        linear(down, product, .blockOutput, rows: shape.hiddenSize),
      ], inputs: [from: shape.hiddenSize])
  }

  private func gated(_ gate: Role, _ up: Role, _ down: Role, from: Edge, product: Edge, size: Int) -> BlockSteps {
    BlockSteps(
      [
        linear(gate, from, "gate", rows: size), linear(up, from, "up", rows: size),
        shape.choices.clampedGate.map { ClampedGate($0, "gate", times: "up", to: product) }
          ?? Activate(shape.choices.activation, "gate", times: "up", to: product),
        linear(down, product, .blockOutput, rows: shape.hiddenSize),
      ], inputs: [from: shape.hiddenSize])
  }

  // MARK: - Steps

  /// A matrix with its bias, where the configuration says that it has one.
  func linear(_ role: Role, _ from: Edge, _ to: Edge, rows: Int) -> Linear {
    let bias = role.bias.flatMap { shape.choices.biases.contains($0) ? $0 : nil }
    return Linear(role, bias: bias, from: from, to: to, rows: rows)
  }

  /// Several matrices of one input, or one that has all their rows.
  private mutating func linears(_ fused: Role?, _ parts: [(role: Role, to: Edge, rows: Int)], _ from: Edge) {
    guard let fused else {
      steps += parts.map { linear($0.role, from, $0.to, rows: $0.rows) }
      return
    }
    let whole = Edge("\(fused)")
    steps.append(linear(fused, from, whole, rows: parts.reduce(0) { $0 + $1.rows }))
    steps.append(Split(whole, into: parts.map { ($0.to, $0.rows) }))
  }

  mutating func norm(
    _ role: Role, _ from: Edge, to: Edge? = nil, epsilon: Float? = nil, headSize: Int? = nil
  ) -> Edge {
    let to = to ?? Edge("\(from.name).normed")
    steps.append(
      Norm(
        role, shape.choices.norm, epsilon: epsilon ?? shape.normEpsilon, from: from, to: to, headSize: headSize))
    return to
  }

  /// What reads the stream, normed where a norm stands before, and writes a branch.
  func subLayer(
    _ role: Role, _ input: Edge, _ branch: Edge, readsStream: Bool = false,
    _ write: (inout BlockBuilder, Edge) -> Void
  ) -> BlockBuilder {
    var builder = self
    var input = input
    switch norms {
    case .before where readsStream, .both where readsStream: input = stream
    case .before, .both:
      if sharesNorm && pending != nil { input = .attentionInput } else { input = builder.norm(role, stream, to: input) }
    case .after, .afterSum: input = stream
    }
    if let pending {
      builder.steps.append(Add(stream, pending, to: .afterAttention))
      (builder.stream, builder.pending) = (.afterAttention, nil)
    }
    write(&builder, input)
    builder.pending = branch
    return builder
  }

  /// Adds the branch to the stream: normed and scaled first, where the family does so, and with the sum normed where it does that.
  func adding(_ postNorm: Role, _ sumNorm: Role, to: Edge) -> BlockBuilder {
    guard var branch = pending else { return self }
    let to = isAlone ? .blockOutput : to
    var builder = self
    if norms == .after || norms == .both { branch = builder.norm(postNorm, branch) }
    if let factor = shape.choices.residualMultiplier {
      builder.steps.append(Scale(branch, by: factor, to: Edge("\(branch.name).scaled")))
      branch = Edge("\(branch.name).scaled")
    }
    builder.pending = isParallel && to != output ? branch : nil
    guard builder.pending == nil else { return builder }
    let sum = norms == .afterSum ? Edge("\(to.name).sum") : to
    builder.steps.append(Add(stream, branch, to: sum))
    builder.stream = norms == .afterSum ? builder.norm(sumNorm, sum, to: to) : to
    return builder
  }
}

extension DecoderShape {
  /// How the positions of a layer turn queries and keys; nil where they do not.
  func rotary(_ rule: AttentionRule) -> RotaryEmbedding? {
    guard choices.position == .rotary else { return nil }
    switch rule.positions {
    case .main: return rotary
    case .local: return choices.localRotary
    case .none: return nil
    }
  }

  /// By how much the scores of each head of queries fall with every token between.
  ///
  /// Press et al. (2021), section 3: a geometric sequence, with those of twice as many heads between where they are no power of two.
  fileprivate var slopes: [Float]? {
    guard case .linearBias(let maximum) = choices.position else { return nil }
    var power = 1
    while 2 * power <= heads { power *= 2 }
    // A file may claim any number of heads; no model has so many.
    return (0..<min(heads, 65_536)).map { head in
      head < power
        ? exp2(-maximum * Float(head + 1) / Float(power))
        : exp2(-maximum * Float(2 * (head - power) + 1) / Float(2 * power))
    }
  }
}
