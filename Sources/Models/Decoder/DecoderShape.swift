/// The numbers that make one family member differ from another.
package struct DecoderShape: Sendable, Equatable {
  package var layers: Int
  package var hiddenSize: Int
  package var intermediateSize: Int
  package var heads: Int
  /// Heads of keys and values, each read by `heads / keyValueHeads` heads of queries.
  package var keyValueHeads: Int
  package var headSize: Int
  package var vocabularySize: Int
  /// The longest sequence that the model was trained for.
  package var contextLength: Int
  package var normEpsilon: Float
  package var rotary: RotaryEmbedding
  /// Whether the embedding table also serves as output matrix.
  package var tiedOutput: Bool

  package init(
    layers: Int, hiddenSize: Int, intermediateSize: Int, heads: Int, keyValueHeads: Int, headSize: Int,
    vocabularySize: Int, contextLength: Int, normEpsilon: Float, rotary: RotaryEmbedding, tiedOutput: Bool
  ) {
    self.layers = layers
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
    self.rotary = rotary
    self.tiedOutput = tiedOutput
  }
}

/// What a matrix does in the network.
package enum Role: String, Sendable, CaseIterable, Hashable {
  case tokenEmbedding
  case outputNorm
  case output
  case attentionNorm
  case attentionQuery
  case attentionKey
  case attentionValue
  case attentionOutput
  case feedForwardNorm
  case feedForwardGate
  case feedForwardUp
  case feedForwardDown
}

/// A point in the network whose activations one or more matrices read.
package enum Site: String, Sendable, CaseIterable, Hashable {
  /// Read by query, key and value.
  case attentionInput
  /// Read by the attention's output matrix.
  case attentionContext
  /// Read by gate and up.
  case feedForwardInput
  /// Read by down.
  case feedForwardProduct
  /// Read by the output matrix of the model.
  case finalHidden
}

extension Role {
  /// Where a matrix of this role finds its input; nil for norms and the embedding table, which multiply nothing.
  package var site: Site? {
    switch self {
    case .attentionQuery, .attentionKey, .attentionValue: .attentionInput
    case .attentionOutput: .attentionContext
    case .feedForwardGate, .feedForwardUp: .feedForwardInput
    case .feedForwardDown: .feedForwardProduct
    case .output: .finalHidden
    case .tokenEmbedding, .outputNorm, .attentionNorm, .feedForwardNorm: nil
    }
  }
}
