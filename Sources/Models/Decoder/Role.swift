/// What a tensor does in the network.
package enum Role: String, Sendable, CaseIterable, Hashable {
  case tokenEmbedding
  /// A row for each position, where positions are learned.
  case positionEmbedding
  /// A row for each type of token.
  case tokenTypeEmbedding
  /// Over the sum of all embeddings.
  case embeddingNorm
  case embeddingNormBias
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
  /// Over the residual stream, once attention was added.
  case attentionSumNorm
  case attentionSumNormBias
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
  /// Over the residual stream, once the feed-forward layer's output was added.
  case feedForwardSumNorm
  case feedForwardSumNormBias
  /// Scores experts.
  case router
  case expertGate
  case expertUp
  case expertDown
  /// How much the expert counts that every token goes to.
  case sharedRouter
  case sharedGate
  case sharedUp
  case sharedDown
}

extension Role {
  /// What is added to the output of this role.
  package var bias: Role? { Role(rawValue: rawValue + "Bias") }

  /// Whether there is one of it for each expert.
  package var isExpert: Bool { self == .expertGate || self == .expertUp || self == .expertDown }

  /// Where an expert's matrix of this role finds its input.
  package func site(expert: Int) -> Site {
    self == .expertDown ? .expertProduct(expert) : .expertInput(expert)
  }

  /// Where a matrix of this role finds its input; nil for norms, biases and tables, which multiply nothing, and for
  /// experts, each of which has a site of its own.
  package var site: Site? {
    switch self {
    case .attentionQuery, .attentionKey, .attentionValue, .attentionQueryKeyValue: .attentionInput
    case .attentionOutput: .attentionContext
    case .feedForwardGate, .feedForwardUp, .feedForwardGateUp, .router, .sharedGate, .sharedUp: .feedForwardInput
    case .sharedDown: .sharedProduct
    case .feedForwardDown: .feedForwardProduct
    case .output: .finalHidden
    default: nil
    }
  }
}

extension Role {
  /// The part of a block that it belongs to; nil for what stands outside of blocks.
  package var part: BlockPart? {
    switch self {
    case .attentionNorm, .attentionNormBias, .attentionQuery, .attentionQueryBias, .attentionKey, .attentionKeyBias,
      .attentionValue, .attentionValueBias, .attentionQueryKeyValue, .attentionQueryKeyValueBias, .attentionQueryNorm,
      .attentionKeyNorm:
      .attention
    case .attentionOutput, .attentionOutputBias, .attentionPostNorm, .attentionSumNorm, .attentionSumNormBias:
      .attentionOutput
    case .feedForwardNorm, .feedForwardNormBias, .feedForwardGate, .feedForwardGateBias, .feedForwardUp,
      .feedForwardUpBias, .feedForwardGateUp, .router, .expertGate, .expertUp, .expertDown, .sharedRouter, .sharedGate,
      .sharedUp, .sharedDown:
      .feedForward
    case .feedForwardDown, .feedForwardDownBias, .feedForwardPostNorm, .feedForwardSumNorm, .feedForwardSumNormBias:
      .feedForwardOutput
    case .tokenEmbedding, .positionEmbedding, .tokenTypeEmbedding, .embeddingNorm, .embeddingNormBias, .outputNorm,
      .outputNormBias, .output:
      nil
    }
  }
}

/// A point in the network whose activations one or more matrices read.
package enum Site: Sendable, Hashable {
  /// Read by query, key and value.
  case attentionInput
  /// Read by the attention's output matrix.
  case attentionContext
  /// Read by gate and up.
  case feedForwardInput
  /// Read by down.
  case feedForwardProduct
  /// Read by gate and up of an expert: the tokens that go to it.
  case expertInput(Int)
  /// Read by down of an expert.
  case expertProduct(Int)
  /// Read by down of the expert that every token goes to.
  case sharedProduct
  /// Read by the output matrix of the model.
  case finalHidden

  /// What reports call it.
  package var rawValue: String {
    switch self {
    case .attentionInput: "attentionInput"
    case .attentionContext: "attentionContext"
    case .feedForwardInput: "feedForwardInput"
    case .feedForwardProduct: "feedForwardProduct"
    case .expertInput(let expert): "expertInput[\(expert)]"
    case .expertProduct(let expert): "expertProduct[\(expert)]"
    case .sharedProduct: "sharedProduct"
    case .finalHidden: "finalHidden"
    }
  }

  /// The expert that reads there, if it is one of many.
  package var expert: Int? {
    switch self {
    case .expertInput(let expert), .expertProduct(let expert): expert
    default: nil
    }
  }
}
