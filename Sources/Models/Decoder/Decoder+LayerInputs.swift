import LinearAlgebra
import Tensors

extension Decoder {
  /// What the first block is given: the stream, and the embeddings that later blocks read.
  ///
  /// - Parameter sequences: as for `embed`.
  package func enter(_ tokens: [Int32], _ input: InputWeights, _ sequences: SequenceRows? = nil) -> Edges {
    let stream = embed(tokens, input, sequences)
    let edges = Edges()
    if let weights = input.layers, let inputs = shape.choices.layerInputs {
      let all = layerInputs(tokens, stream, weights, size: inputs.size, sequences)
      for layer in 0..<shape.layers {
        let columns = Array(layer * inputs.size..<(layer + 1) * inputs.size)
        edges[.layerInput(layer)] = HeldMatrix(all.copy(columns: columns))
      }
    }
    edges[.blockInput] = HeldMatrix(stream)
    return edges
  }

  /// The embeddings of all layers, `[tokens, layers · size]`: what a table has for each token, and what a matrix makes of the token's
  /// own embedding, each to a half of the mean square.
  ///
  /// `transformers` modeling_gemma4.
  private func layerInputs(
    _ tokens: [Int32], _ stream: borrowing Matrix, _ weights: InputWeights.LayerEmbeddings, size: Int,
    _ sequences: SequenceRows?
  ) -> Matrix {
    var projected = linear(
      stream, weights.projection.matrix, units: sequences?.units.map(\.rows), on: workers)
    projected.multiply(by: 1 / Float(shape.hiddenSize).squareRoot())
    var sum = rmsNorm(projected, weights.norm.matrix, epsilon: shape.normEpsilon, on: workers)
    var own = weights.table.matrix.copy(rows: tokens.map(Int.init))
    own.multiply(by: Float(size).squareRoot())
    add(own, to: &sum, on: workers)
    sum.multiply(by: Float(0.5).squareRoot())
    return sum
  }
}
