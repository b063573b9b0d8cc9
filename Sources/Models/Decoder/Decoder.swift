import LinearAlgebra
import Tensors

/// The weights of one block by what they do, in the row order of Hugging Face checkpoints.
package struct BlockWeights: Sendable {
  private var matrices: [Role: SharedMatrix]

  package init(_ matrices: [Role: SharedMatrix]) {
    self.matrices = matrices
  }

  /// The matrix of a role.
  ///
  /// - Precondition: the architecture names it; every block is loaded whole.
  package subscript(role: Role) -> SharedMatrix {
    get {
      guard let matrix = matrices[role] else { preconditionFailure("a block without \(role)") }
      return matrix
    }
    set { matrices[role] = newValue }
  }

  /// Lets a matrix go that is not needed any more.
  package mutating func release(_ role: Role) {
    matrices[role] = nil
  }
}

/// Runs decoders block by block, so that the caller decides which weights are in memory and when.
package struct Decoder: Sendable {
  package let shape: DecoderShape
  private let rotary: RotaryTables
  private let workers: Workers
  /// Tokens in each sequence of a batch.
  package let sequenceLength: Int

  /// - Parameter sequenceLength: tokens of each sequence; positions start at 0 in each.
  package init(_ shape: DecoderShape, sequenceLength: Int, on workers: Workers) {
    self.shape = shape
    self.sequenceLength = sequenceLength
    self.workers = workers
    rotary = shape.rotary.tables(length: sequenceLength)
  }

  /// Rows of the embedding table, `[tokens, hidden]`.
  ///
  /// - Precondition: every token is below the table's rows.
  package func embed(_ tokens: [Int32], _ table: borrowing Matrix) -> Matrix {
    var result = Matrix(uninitializedRows: tokens.count, columns: table.columns)
    for (row, token) in tokens.enumerated() {
      let source = table.row(Int(token))
      var target = result.mutableRow(row)
      for column in 0..<source.count { target[unchecked: column] = source[unchecked: column] }
    }
    return result
  }

  /// How much of a block is run.
  package enum Extent: Sendable {
    case whole
    /// Until every site was observed: the last product is left out, and `hidden` is no residual stream any more.
    case allSites
  }

  /// Runs one block over whole sequences.
  ///
  /// - Parameters:
  ///   - hidden: the residual stream `[sequences · sequenceLength, hidden]`; replaced.
  ///   - extent: how much of it.
  ///   - observe: is shown what the matrices of each site are about to read, `[tokens, inputs]`.
  package func run(
    _ block: BlockWeights, _ hidden: inout Matrix, _ extent: Extent = .whole,
    observe: (Site, borrowing Matrix) -> Void = { _, _ in }
  ) {
    let attentionInput = rmsNorm(hidden, block[.attentionNorm].matrix, epsilon: shape.normEpsilon, on: workers)
    observe(.attentionInput, attentionInput)
    let context = attention(block, attentionInput)
    observe(.attentionContext, context)
    add(linear(context, block[.attentionOutput].matrix, on: workers), to: &hidden, on: workers)

    let feedForwardInput = rmsNorm(hidden, block[.feedForwardNorm].matrix, epsilon: shape.normEpsilon, on: workers)
    observe(.feedForwardInput, feedForwardInput)
    var product = linear(feedForwardInput, block[.feedForwardGate].matrix, on: workers)
    gateWithSilu(&product, linear(feedForwardInput, block[.feedForwardUp].matrix, on: workers), on: workers)
    observe(.feedForwardProduct, product)
    guard extent == .whole else { return }
    add(linear(product, block[.feedForwardDown].matrix, on: workers), to: &hidden, on: workers)
  }

  private func attention(_ block: BlockWeights, _ input: borrowing Matrix) -> Matrix {
    var q = linear(input, block[.attentionQuery].matrix, on: workers)
    var k = linear(input, block[.attentionKey].matrix, on: workers)
    let v = linear(input, block[.attentionValue].matrix, on: workers)
    rotary.apply(to: &q, headSize: shape.headSize, on: workers)
    rotary.apply(to: &k, headSize: shape.headSize, on: workers)
    return causalAttention(
      q: q, k: k, v: v, headSize: shape.headSize, sequenceLength: sequenceLength, on: workers)
  }

  /// The last norm: what the output matrix reads, `[tokens, hidden]`.
  package func normalize(_ hidden: borrowing Matrix, _ norm: borrowing Matrix) -> Matrix {
    rmsNorm(hidden, norm, epsilon: shape.normEpsilon, on: workers)
  }

  /// Scores of every token of the vocabulary, `[tokens, vocabulary]`.
  package func logits(_ normalized: borrowing Matrix, _ output: borrowing Matrix) -> Matrix {
    linear(normalized, output, on: workers)
  }
}
