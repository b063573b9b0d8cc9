import LinearAlgebra
import Tensors

/// Runs decoders, and encoders, block by block, so that the caller decides which weights are in memory and when.
package struct Decoder: Sendable {
  package let shape: DecoderShape
  private let rotary: RotaryTables
  private let localRotary: RotaryTables?
  private let workers: Workers
  /// Tokens in the longest sequence.
  package let sequenceLength: Int

  /// - Parameter sequenceLength: tokens of the longest sequence; positions start at 0 in each.
  package init(_ shape: DecoderShape, sequenceLength: Int, on workers: Workers) {
    self.shape = shape
    self.sequenceLength = sequenceLength
    self.workers = workers
    rotary = shape.rotary.tables(length: sequenceLength)
    localRotary = shape.choices.localRotary?.tables(length: sequenceLength)
  }

  /// What the first block reads, `[tokens, hidden]`.
  ///
  /// - Parameter sequences: which tokens belong together; nil where all have the length of the longest.
  /// - Precondition: every token is below the table's rows, and sequences are no longer than the positions.
  package func embed(_ tokens: [Int32], _ input: InputWeights, _ sequences: SequenceRows? = nil) -> Matrix {
    precondition((input.positions == nil) == (shape.choices.position != .learned), "learned positions come in a table")
    var result = input.table.matrix.copy(rows: tokens.map(Int.init))
    if let factor = shape.choices.embeddingMultiplier { multiply(&result, by: factor) }
    if let types = input.types { addBias(types.matrix.copy(rows: 0..<1), to: &result, on: workers) }
    if let positions = input.positions {
      let sequences = sequences ?? SequenceRows(rows: tokens.count, length: sequenceLength)
      precondition(sequences.longest <= positions.matrix.rows, "a sequence of more tokens than there are positions")
      add(positions.matrix.copy(rows: sequences.positions), to: &result, on: workers)
    }
    guard let norm = input.norm else { return result }
    return self.norm(result, norm.matrix, input.normBias)
  }

  /// How much of a block, or of some parts of it, is run.
  package enum Extent: Sendable {
    case whole
    /// Until every site was observed, without what comes after. A single part leaves the state as it was; what several leave is of
    /// no use.
    case allSites
    /// The whole block, but what follows attention for some rows alone, which are all that is left in `hidden`.
    case rows([Int])
  }

  /// Is shown what the matrices of a site are about to read, `[tokens, inputs]`, and which of its rows are a unit.
  package typealias Observer = (Site, borrowing Matrix, [RowUnit]) -> Void

  /// Runs one block over whole sequences.
  ///
  /// - Parameters:
  ///   - hidden: the residual stream `[tokens, hidden]`; replaced.
  ///   - sequences: which rows belong together; nil where all sequences have the length of the longest.
  ///   - extent: how much of it.
  ///   - observe: is shown what the matrices of each site are about to read, `[tokens, inputs]`.
  package func run(
    _ block: BlockWeights, _ hidden: inout Matrix, _ sequences: SequenceRows? = nil, _ extent: Extent = .whole,
    observe: (Site, borrowing Matrix) -> Void = { _, _ in }
  ) {
    var state = BlockState(hidden: hidden)
    let sequences = sequences ?? SequenceRows(rows: state.hidden.rows, length: sequenceLength)
    run(.whole, of: block, &state, sequences, extent) { site, inputs, _ in observe(site, inputs) }
    hidden = state.hidden
  }

  /// Runs some parts of a block over whole sequences.
  ///
  /// - Parameters:
  ///   - block: the weights of these parts.
  ///   - state: the sequences as the part before left them; replaced.
  package func run(
    _ parts: BlockParts, of block: BlockWeights, _ state: inout BlockState, _ sequences: SequenceRows,
    _ extent: Extent = .whole, observe: (Site, borrowing Matrix) -> Void = { _, _ in }
  ) {
    run(parts, of: block, &state, sequences, extent) { site, inputs, _ in observe(site, inputs) }
  }

  /// The same, with the units that the rows of each site belong to.
  package func run(
    _ parts: BlockParts, of block: BlockWeights, _ state: inout BlockState, _ sequences: SequenceRows,
    _ extent: Extent = .whole, observeUnits observe: Observer
  ) {
    var units = sequences.units
    for part in BlockPart.allCases where parts.contains(part) {
      var stops = false
      if case .allSites = extent { stops = part == parts.upperBound }
      switch part {
      case .attention: attention(block, &state, sequences, stops: stops, observe)
      case .attentionOutput: attentionOutput(block, &state, units, stops: stops, observe)
      case .feedForward: feedForward(block, &state, units, stops: stops, observe)
      case .feedForwardOutput: feedForwardOutput(block, &state, units, stops: stops, observe)
      }
      // Nothing after attention looks at other rows.
      if case .rows(let rows) = extent, part == .attention {
        state = BlockState(hidden: state.hidden.copy(rows: rows), carried: state.carried.copy(rows: rows))
        units = [RowUnit(rows: rows.indices)]
      }
    }
  }

  private func attention(
    _ block: BlockWeights, _ state: inout BlockState, _ sequences: SequenceRows, stops: Bool, _ observe: Observer
  ) {
    let input = normed(state.hidden, block, .attentionNorm)
    observe(.attentionInput, input, sequences.units)
    if stops { return }
    state.carried = context(block, input, sequences)
  }

  private func attentionOutput(
    _ block: BlockWeights, _ state: inout BlockState, _ units: [RowUnit], stops: Bool, _ observe: Observer
  ) {
    observe(.attentionContext, state.carried, units)
    if stops { return }
    state.carried = written(layer(.attentionOutput, block, state.carried, units), block, .attentionPostNorm)
    if shape.choices.isParallel { return }
    addCarried(to: &state)
    normSum(&state.hidden, block, .attentionSumNorm)
  }

  private func feedForward(
    _ block: BlockWeights, _ state: inout BlockState, _ units: [RowUnit], stops: Bool, _ observe: Observer
  ) {
    let input = normed(state.hidden, block, .feedForwardNorm)
    observe(.feedForwardInput, input, units)
    if stops, shape.choices.experts == nil { return }
    if shape.choices.isParallel { addCarried(to: &state) }
    guard let experts = shape.choices.experts else {
      state.carried = product(block, input, units)
      return
    }
    finish(sum(of: experts, block, input, units, observe), block, &state)
  }

  private func feedForwardOutput(
    _ block: BlockWeights, _ state: inout BlockState, _ units: [RowUnit], stops: Bool, _ observe: Observer
  ) {
    guard shape.choices.experts == nil else { return }
    observe(.feedForwardProduct, state.carried, units)
    if stops { return }
    finish(layer(.feedForwardDown, block, state.carried, units), block, &state)
  }

  /// Ends a block with what its feed-forward matrices made.
  private func finish(_ fed: consuming Matrix, _ block: BlockWeights, _ state: inout BlockState) {
    state.carried = written(fed, block, .feedForwardPostNorm)
    addCarried(to: &state)
    normSum(&state.hidden, block, .feedForwardSumNorm)
  }

  private func addCarried(to state: inout BlockState) {
    let carried = state.takeCarried()
    add(carried, to: &state.hidden, on: workers)
  }

  private func context(_ block: BlockWeights, _ input: borrowing Matrix, _ sequences: SequenceRows) -> Matrix {
    let choices = shape.choices
    let rule = choices.attention(layer: block.layer)
    guard choices.fusesAttention else {
      return context(
        block, rule, sequences, layer(.attentionQuery, block, input, sequences.units),
        layer(.attentionKey, block, input, sequences.units), layer(.attentionValue, block, input, sequences.units))
    }
    let joined = layer(.attentionQueryKeyValue, block, input, sequences.units)
    let queries = shape.heads * shape.headSize
    let keys = shape.keyValueHeads * shape.headSize
    return context(
      block, rule, sequences, columns(0..<queries, of: joined), columns(queries..<queries + keys, of: joined),
      columns(queries + keys..<queries + 2 * keys, of: joined))
  }

  private func context(
    _ block: BlockWeights, _ rule: AttentionRule, _ sequences: SequenceRows, _ q: consuming Matrix,
    _ k: consuming Matrix, _ v: borrowing Matrix
  ) -> Matrix {
    if let norm = block.optional(.attentionQueryNorm) {
      q = rmsNorm(q, norm.matrix, epsilon: shape.normEpsilon, on: workers)
    }
    if let norm = block.optional(.attentionKeyNorm) {
      k = rmsNorm(k, norm.matrix, epsilon: shape.normEpsilon, on: workers)
    }
    if let tables = tables(rule) {
      tables.apply(to: &q, headSize: shape.headSize, sequences: sequences, on: workers)
      tables.apply(to: &k, headSize: shape.headSize, sequences: sequences, on: workers)
    }
    return attend(
      q: q, k: k, v: v, headSize: shape.headSize, sequences: sequences, mask: shape.choices.mask, window: rule.window,
      scale: shape.choices.queryScale, softCap: shape.choices.attentionSoftCap, on: workers)
  }

  private func tables(_ rule: AttentionRule) -> RotaryTables? {
    guard shape.choices.position == .rotary else { return nil }
    switch rule.positions {
    case .main: return rotary
    case .local: return localRotary
    case .none: return nil
    }
  }

  /// What the last feed-forward matrix reads.
  private func product(_ block: BlockWeights, _ input: borrowing Matrix, _ units: [RowUnit]) -> Matrix {
    let choices = shape.choices
    if choices.fusesGate {
      let joined = layer(.feedForwardGateUp, block, input, units)
      var product = columns(0..<shape.intermediateSize, of: joined)
      let up = columns(shape.intermediateSize..<2 * shape.intermediateSize, of: joined)
      choices.activation.gate(&product, up, on: workers)
      return product
    }
    if choices.isGated {
      var product = layer(.feedForwardGate, block, input, units)
      choices.activation.gate(&product, layer(.feedForwardUp, block, input, units), on: workers)
      return product
    }
    var product = layer(.feedForwardUp, block, input, units)
    choices.activation.apply(to: &product, on: workers)
    return product
  }

  /// What experts make of the tokens that go to each, by how much each counts: one unit after the other, so that an expert is
  /// given the same tokens at a time whatever other units there are.
  private func sum(
    of experts: Experts, _ block: BlockWeights, _ input: borrowing Matrix, _ units: [RowUnit], _ observe: Observer
  ) -> Matrix {
    var result = Matrix(uninitializedRows: input.rows, columns: input.columns)
    for unit in units {
      let own = sum(of: experts, block, input.copy(rows: unit.rows), shard: unit.shard, observe)
      result.replaceRows(from: unit.rows.lowerBound, with: own)
    }
    return result
  }

  private func sum(
    of experts: Experts, _ block: BlockWeights, _ input: borrowing Matrix, shard: Int, _ observe: Observer
  ) -> Matrix {
    let routing = Routing(linear(input, block[.router].matrix, on: workers), experts)
    var sum = Matrix(rows: input.rows, columns: input.columns)
    for expert in 0..<experts.count where !routing.tokens[expert].isEmpty {
      let own = input.copy(rows: routing.tokens[expert])
      let unit = [RowUnit(rows: 0..<own.rows, shard: shard)]
      observe(.expertInput(expert), own, unit)
      let product = expertProduct(block, own, unit, expert)
      observe(.expertProduct(expert), product, unit)
      let output = self.product(product, .expertDown, block, expert: expert)
      scatter(output, routing.weights[expert], to: routing.tokens[expert], of: &sum)
    }
    guard experts.sharedSize != nil else { return sum }
    var product = self.product(input, .sharedGate, block)
    shape.choices.activation.gate(&product, self.product(input, .sharedUp, block), on: workers)
    observe(.sharedProduct, product, [RowUnit(rows: 0..<product.rows, shard: shard)])
    let output = self.product(product, .sharedDown, block)
    let scores = linear(input, block[.sharedRouter].matrix, on: workers).array()
    scatter(output, scores.map { 1 / (1 + exponential(-$0)) }, to: Array(0..<input.rows), of: &sum)
    return sum
  }

  /// What an expert's last matrix reads of tokens, whether or not they would go to it, `[tokens, size]`.
  package func expertProduct(
    _ block: BlockWeights, _ input: borrowing Matrix, _ units: [RowUnit], _ expert: Int
  ) -> Matrix {
    var product = self.product(input, .expertGate, block, expert: expert, units)
    let up = self.product(input, .expertUp, block, expert: expert, units)
    shape.choices.activation.gate(&product, up, on: workers)
    return product
  }

  /// x Wᵀ + b
  private func layer(_ role: Role, _ block: BlockWeights, _ x: borrowing Matrix, _ units: [RowUnit]) -> Matrix {
    var result = product(x, role, block, units)
    if let bias = role.bias.flatMap({ block.optional($0) }) { addBias(bias.matrix, to: &result, on: workers) }
    return result
  }

  /// x Wᵀ, with x as the matrix reads it.
  ///
  /// - Parameter units: of the rows of x; nil where they are one.
  private func product(
    _ x: borrowing Matrix, _ role: Role, _ block: BlockWeights, expert: Int? = nil, _ units: [RowUnit]? = nil
  ) -> Matrix {
    let weights = expert.map { block[role, expert: $0] } ?? block[role]
    let rows = units.map { $0.map(\.rows) }
    guard let inputs = block.inputs(of: role, expert: expert) else {
      return linear(x, weights.matrix, units: rows, on: workers)
    }
    return linear(inputs.rounded(x, on: workers), weights.matrix, units: rows, on: workers)
  }

  /// The stream as matrices read it: normed, where a norm stands before them.
  private func normed(_ hidden: borrowing Matrix, _ block: BlockWeights, _ role: Role) -> Matrix {
    guard let weight = block.optional(role) else { return hidden.copy() }
    return norm(hidden, weight.matrix, role.bias.flatMap { block.optional($0) })
  }

  /// Norms the stream itself, where the family does so.
  private func normSum(_ hidden: inout Matrix, _ block: BlockWeights, _ role: Role) {
    guard let weight = block.optional(role) else { return }
    hidden = norm(hidden, weight.matrix, role.bias.flatMap { block.optional($0) })
  }

  private func norm(_ x: borrowing Matrix, _ weight: borrowing Matrix, _ bias: SharedMatrix?) -> Matrix {
    switch (shape.choices.norm, bias) {
    case (.rootMeanSquare, _): return rmsNorm(x, weight, epsilon: shape.normEpsilon, on: workers)
    case (.layer, let bias?): return layerNorm(x, weight, bias.matrix, epsilon: shape.normEpsilon, on: workers)
    case (.layer, nil): preconditionFailure("a layer norm has a bias")
    }
  }

  /// What is added to the stream: normed once more and scaled, where the family does so.
  private func written(_ x: consuming Matrix, _ block: BlockWeights, _ postNorm: Role) -> Matrix {
    if let norm = block.optional(postNorm) { x = rmsNorm(x, norm.matrix, epsilon: shape.normEpsilon, on: workers) }
    if let factor = shape.choices.residualMultiplier { multiply(&x, by: factor) }
    return x
  }

  private func columns(_ range: Range<Int>, of matrix: borrowing Matrix) -> Matrix {
    var result = Matrix(uninitializedRows: matrix.rows, columns: range.count)
    for row in 0..<matrix.rows {
      let source = matrix.row(row)
      var target = result.mutableRow(row)
      for column in 0..<range.count { target[unchecked: column] = source[unchecked: range.lowerBound + column] }
    }
    return result
  }

  /// The last norm: what the output matrix reads, `[tokens, hidden]`.
  package func normalize(
    _ hidden: borrowing Matrix, _ norm: borrowing Matrix, bias: SharedMatrix? = nil
  ) -> Matrix {
    self.norm(hidden, norm, bias)
  }

  /// Scores of every token of the vocabulary, `[tokens, vocabulary]`.
  package func logits(_ normalized: borrowing Matrix, _ output: borrowing Matrix) -> Matrix {
    var logits = linear(normalized, output, on: workers)
    shape.choices.finish(&logits)
    return logits
  }
}

extension DecoderChoices {
  /// What the family does to the products of the final hidden state and the output matrix.
  package func finish(_ logits: inout Matrix) {
    guard logitDivisor != nil || logitSoftCap != nil else { return }
    let scale = 1 / (logitDivisor ?? 1)
    var elements = logits.mutableElements
    for index in 0..<elements.count {
      let x = elements[unchecked: index]
      elements[unchecked: index] = logitSoftCap.map { softCapped(x, scale: scale, cap: $0) } ?? x * scale
    }
  }
}
