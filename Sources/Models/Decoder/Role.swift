/// What a tensor does in the network.
package enum Role: String, Sendable, CaseIterable, Hashable {
  case tokenEmbedding
  /// A row for each position, where positions are learned.
  case positionEmbedding
  case outputNorm
  case outputNormBias
  case output
  case attentionNorm
  case attentionNormBias
  case attentionQuery
  case attentionQueryBias
  case attentionKey
  case attentionKeyBias
  case attentionValue
  case attentionValueBias
  /// Queries, keys and values, one below the other.
  case attentionQueryKeyValue
  case attentionQueryKeyValueBias
  case attentionQueryNorm
  case attentionKeyNorm
  case attentionOutput
  case attentionOutputBias
  /// Between attention and the residual stream.
  case attentionPostNorm
  case feedForwardNorm
  case feedForwardNormBias
  case feedForwardGate
  case feedForwardGateBias
  case feedForwardUp
  case feedForwardUpBias
  /// Gate and up, one below the other.
  case feedForwardGateUp
  case feedForwardDown
  case feedForwardDownBias
  /// Between the feed-forward matrices and the residual stream.
  case feedForwardPostNorm
}

extension Role {
  /// What is added to the output of this role.
  package var bias: Role? { Role(rawValue: rawValue + "Bias") }

  /// Where a matrix of this role finds its input; nil for norms, biases and tables, which multiply nothing.
  package var site: Site? {
    switch self {
    case .attentionQuery, .attentionKey, .attentionValue, .attentionQueryKeyValue: .attentionInput
    case .attentionOutput: .attentionContext
    case .feedForwardGate, .feedForwardUp, .feedForwardGateUp: .feedForwardInput
    case .feedForwardDown: .feedForwardProduct
    case .output: .finalHidden
    default: nil
    }
  }
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
