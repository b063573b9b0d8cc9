import LinearAlgebra
import Tensors

/// Runs decoders, and encoders, block by block, so that the caller decides which weights are in memory and when.
package struct Decoder: Sendable {
  package let shape: DecoderShape
  /// The steps of each block.
  package let blocks: [BlockSteps]
  private let rotary: [RotaryEmbedding: RotaryTables]
  let workers: Workers
  /// Tokens in the longest sequence.
  package let sequenceLength: Int

  /// - Parameter sequenceLength: tokens of the longest sequence; positions start at 0 in each.
  package init(_ architecture: any Architecture, _ shape: DecoderShape, sequenceLength: Int, on workers: Workers) {
    self.shape = shape
    self.sequenceLength = sequenceLength
    self.workers = workers
    blocks = (0..<shape.layers).map { architecture.steps(shape, layer: $0) }
    let ropes = Set(blocks.flatMap(\.steps).compactMap { ($0 as? Rope)?.rotary })
    rotary = Dictionary(uniqueKeysWithValues: ropes.map { ($0, $0.tables(length: sequenceLength)) })
  }

  package init(_ model: any ModelWeights, sequenceLength: Int, on workers: Workers) {
    self.init(model.architecture, model.shape, sequenceLength: sequenceLength, on: workers)
  }

  /// What the first block reads, `[tokens, hidden]`.
  ///
  /// - Parameter sequences: which tokens belong together; nil where all have the length of the longest.
  /// - Precondition: every token is below the table's rows, and sequences are no longer than the positions.
  package func embed(_ tokens: [Int32], _ input: InputWeights, _ sequences: SequenceRows? = nil) -> Matrix {
    let sums = sumOfEmbeddings(tokens, input, sequences)
    guard let norm = input.norm else { return sums }
    return normalize(sums, norm.matrix, bias: input.normBias)
  }

  /// What a norm behind the embeddings reads, where there is one.
  func sumOfEmbeddings(_ tokens: [Int32], _ input: InputWeights, _ sequences: SequenceRows?) -> Matrix {
    precondition((input.positions == nil) == (shape.choices.position != .learned), "learned positions come in a table")
    var result = input.table.matrix.copy(rows: tokens.map(Int.init))
    if let factor = shape.choices.embeddingMultiplier { result.multiply(by: factor) }
    if let types = input.types { addBias(types.matrix.copy(rows: 0..<1), to: &result, on: workers) }
    if let positions = input.positions {
      let sequences = sequences ?? SequenceRows(rows: tokens.count, length: sequenceLength)
      precondition(sequences.longest <= positions.matrix.rows, "a sequence of more tokens than there are positions")
      add(positions.matrix.copy(rows: sequences.positions), to: &result, on: workers)
    }
    return result
  }

  /// How much of a block, or of some steps of it, is run.
  package enum Extent: Sendable {
    case whole
    /// Until every site was observed. What stands on the edges stays as it was.
    case allSites
    /// The whole block, but what follows the last mix of tokens for some rows alone, which are all that is left.
    case rows([Int])
  }

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
    let edges = Edges(stream: hidden)
    let sequences = sequences ?? SequenceRows(rows: edges[.blockInput].matrix.rows, length: sequenceLength)
    run(nil, block, edges, sequences, extent) { site, inputs, _ in observe(site, inputs) }
    hidden = edges.takeStream()
  }

  /// Runs a block, or a sub-layer of it, over whole sequences.
  ///
  /// - Parameters:
  ///   - subLayer: nil for all.
  ///   - block: the weights of these steps.
  ///   - edges: what stands before them; replaced.
  ///   - observe: is shown the units that rows belong to, too.
  package func run(
    _ subLayer: SubLayer?, _ block: BlockWeights, _ edges: Edges, _ sequences: SequenceRows,
    _ extent: Extent = .whole, observe: StepRun.Observer = { _, _, _ in }
  ) {
    let steps = blocks[block.layer]
    run(of: block, edges, sequences).run(subLayer?.steps, extent, observe)
    if case .allSites = extent { return }
    if (subLayer ?? steps.whole).steps.upperBound == steps.steps.count { edges.endBlock() }
  }

  /// Shows what the matrices of an expert would read of tokens if all of them went to it.
  package func observe(
    expert: Int, of route: Route, _ block: BlockWeights, _ input: HeldMatrix, _ units: [RowUnit],
    observe: StepRun.Observer
  ) {
    let run = run(of: block, Edges(), SequenceRows(lengths: []))
    run.inner(route.expert, route.input(ofAll: input, expert: expert, run), expert: expert, units)
      .run(nil, .allSites, observe)
  }

  func run(of block: BlockWeights, _ edges: Edges, _ sequences: SequenceRows) -> StepRun {
    StepRun(blocks[block.layer], block, edges, sequences, units: sequences.units, rotary, on: workers)
  }

  /// The last norm: what the output matrix reads, `[tokens, hidden]`.
  package func normalize(
    _ hidden: borrowing Matrix, _ norm: borrowing Matrix, bias: SharedMatrix? = nil
  ) -> Matrix {
    shape.choices.norm.norm(hidden, norm, bias, epsilon: shape.normEpsilon, on: workers)
  }

  /// Scores of every token of the vocabulary, `[tokens, vocabulary]`.
  package func logits(
    _ normalized: borrowing Matrix, _ output: borrowing Matrix, bias: SharedMatrix? = nil
  ) -> Matrix {
    var logits = linear(normalized, output, on: workers)
    shape.choices.finish(&logits, bias)
    return logits
  }
}

extension DecoderChoices {
  /// What the family does to the products of the final hidden state and the output matrix.
  ///
  /// - Parameter bias: of the output matrix.
  /// - Precondition: there is one where the family has it.
  package func finish(_ logits: inout Matrix, _ bias: SharedMatrix?) {
    shift(&logits, bias)
    bend(&logits)
  }

  /// Adds the bias of the output matrix.
  func shift(_ products: inout Matrix, _ bias: SharedMatrix?) {
    precondition((bias != nil) == biases.contains(.outputBias), "the bias of the output matrix where there is one")
    if let bias { Self.add(bias.matrix, to: &products) }
  }

  private static func add(_ bias: borrowing Matrix, to products: inout Matrix) {
    for row in 0..<products.rows {
      var values = products.mutableRow(row)
      combine(&values, bias.elements) { $0 + $1 }
    }
  }

  /// Divides logits and keeps them within a limit.
  func bend(_ logits: inout Matrix) {
    guard logitDivisor != nil || logitSoftCap != nil else { return }
    let scale = 1 / (logitDivisor ?? 1)
    var elements = logits.mutableElements
    for index in 0..<elements.count {
      let x = elements[unchecked: index]
      elements[unchecked: index] = logitSoftCap.map { softCapped(x, scale: scale, cap: $0) } ?? x * scale
    }
  }
}
