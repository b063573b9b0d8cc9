import LinearAlgebra
import Tensors

/// The way back through steps that were run: gradients of a loss with respect to what stands on their edges.
///
/// Nothing is lost on the way there: every edge still holds what was written (`StepRun.keepsEdges`).
package final class Backward {
  /// Is shown what a matrix read, `[tokens, inputs]`, and the gradient with respect to what it made of that, `[tokens, outputs]`; of
  /// experts, with their number. Units say which of the rows are which tokens.
  package typealias Observer = (Role, _ expert: Int?, borrowing Matrix, borrowing Matrix, [RowUnit]) -> Void

  package let run: StepRun
  private var gradients: [Edge: HeldMatrix] = [:]

  init(_ run: StepRun) { self.run = run }

  /// The gradient with respect to an edge that a step wrote, which nobody asks for again; zero where nothing reads it.
  func take(_ edge: Edge) -> Matrix {
    guard let gradient = gradients.removeValue(forKey: edge) else {
      let value = run.edges[edge]
      return Matrix(rows: value.matrix.rows, columns: value.matrix.columns)
    }
    return gradient.take()
  }

  /// Adds to the gradient with respect to an edge that a step reads.
  func add(_ gradient: consuming Matrix, to edge: Edge) {
    if let known = gradients[edge] {
      Self.sum(gradient, to: known, on: run.workers)
    } else {
      gradients[edge] = HeldMatrix(gradient)
    }
  }

  private static func sum(_ gradient: borrowing Matrix, to known: HeldMatrix, on workers: Workers) {
    Models.add(gradient, to: &known.matrix, on: workers)
  }

  /// What a matrix hands back: g W, straight through the rounding of what it reads.
  ///
  /// - Parameter index: of the matrix, where several are stacked.
  func product(_ gradient: borrowing Matrix, _ role: Role, at index: Int? = nil) -> Matrix {
    LinearAlgebra.product(
      gradient, run.weights[role, expert: index ?? run.expert].matrix, units: run.units.map(\.rows), on: run.workers)
  }

  /// Goes back through all steps of a block.
  ///
  /// - Returns: the gradient with respect to an edge that the block is given.
  func all(_ gradient: consuming Matrix, _ observe: Observer) -> Backward {
    add(gradient, to: .blockOutput)
    for step in run.block.steps.reversed() { step.adjoint(self, observe) }
    return self
  }
}

extension Decoder {
  /// Gradients of a loss with respect to what a block reads, from those with respect to what it leaves: the block is run again, and
  /// back.
  ///
  /// - Parameters:
  ///   - input: the residual stream before the block, `[tokens, hidden]`.
  ///   - beside: what stands beside the stream before the block.
  ///   - gradient: with respect to the stream behind it, `[tokens, hidden]`.
  ///   - observe: is shown what every matrix read, and the gradient with respect to what it made of that.
  /// - Returns: the gradient with respect to `input`.
  package func backward(
    _ block: BlockWeights, _ input: consuming Matrix, beside: [Edge: SharedMatrix] = [:], _ sequences: SequenceRows,
    gradient: consuming Matrix, observe: Backward.Observer = { _, _, _, _, _ in }
  ) -> Matrix {
    let edges = Edges(stream: input)
    for (edge, matrix) in beside { edges[edge] = HeldMatrix(matrix.matrix.copy()) }
    let run = run(of: block, edges, sequences)
    run.keepsEdges = true
    run.run(nil, .whole) { _, _, _ in }
    return Backward(run).all(gradient, observe).take(.blockInput)
  }

  /// The gradient with respect to the last hidden state, from that with respect to the logits: back through the head and the last
  /// norm.
  ///
  /// - Parameters:
  ///   - hidden: the residual stream behind the last block, `[tokens, hidden]`.
  ///   - outputBias: of the output matrix, where it has one.
  ///   - slope: from the logits, `[tokens, vocabulary]`, to the gradient with respect to them.
  ///   - observe: is shown what the output matrix read, and the gradient with respect to its products.
  package func backwardHead(
    _ hidden: borrowing Matrix, norm: borrowing Matrix, bias: SharedMatrix? = nil, _ output: borrowing Matrix,
    outputBias: SharedMatrix? = nil, slope: (borrowing Matrix) -> Matrix,
    observe: Backward.Observer = { _, _, _, _, _ in }
  ) -> Matrix {
    let normalized = normalize(hidden, norm, bias: bias)
    var logits = linear(normalized, output, on: workers)
    shape.choices.shift(&logits, outputBias)
    let products = shape.choices.logitSoftCap == nil ? Matrix(rows: 0, columns: 0) : logits.copy()
    shape.choices.bend(&logits)
    var gradient = slope(logits)
    shape.choices.finishAdjoint(products, &gradient)
    observe(.output, nil, normalized, gradient, [RowUnit(rows: 0..<hidden.rows)])
    return shape.choices.norm.adjoint(
      product(gradient, output, on: workers), hidden, norm, epsilon: shape.normEpsilon, on: workers)
  }

  /// The gradient with respect to each row of the embedding table, `[vocabulary, hidden]`, from that with respect to what the first
  /// block reads.
  ///
  /// - Parameter sequences: as they were embedded.
  package func backwardEmbedding(
    _ tokens: [Int32], _ input: InputWeights, _ sequences: SequenceRows? = nil, gradient: consuming Matrix
  ) -> Matrix {
    if let norm = input.norm {
      let sums = sumOfEmbeddings(tokens, input, sequences)
      gradient = shape.choices.norm.adjoint(gradient, sums, norm.matrix, epsilon: shape.normEpsilon, on: workers)
    }
    let factor = shape.choices.embeddingMultiplier ?? 1
    var result = Matrix(rows: input.table.matrix.rows, columns: gradient.columns)
    scatter(gradient, [Float](repeating: factor, count: tokens.count), to: tokens.map(Int.init), of: &result)
    return result
  }
}

extension DecoderChoices {
  /// Back through what the family does to the products of the output matrix.
  ///
  /// - Parameter products: needed only where they are bent.
  fileprivate func finishAdjoint(_ products: borrowing Matrix, _ gradient: inout Matrix) {
    guard logitDivisor != nil || logitSoftCap != nil else { return }
    let scale = 1 / (logitDivisor ?? 1)
    let values = products.elements
    var elements = gradient.mutableElements
    for index in 0..<elements.count {
      let bent = logitSoftCap.map { softCapped(values[unchecked: index], scale: scale, cap: $0) / $0 } ?? 0
      elements[unchecked: index] *= scale * (1 - bent * bent)
    }
  }
}
