/// What a tensor does in the network.
package enum Role: String, Sendable, CaseIterable, Hashable, Codable {
  case tokenEmbedding
  /// A row for each position, where positions are learned.
  case positionEmbedding
  /// A row for each type of token.
  case tokenTypeEmbedding
  /// A row for each token, with an embedding for each layer.
  case layerEmbedding
  /// Makes the same of a token's own embedding, and the norm of what it makes for each layer.
  case layerEmbeddingProjection
  case layerEmbeddingNorm
  /// Over the sum of all embeddings.
  case embeddingNorm
  case embeddingNormBias
  case outputNorm
  case outputNormBias
  case output
  case outputBias
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
  /// Of latent attention: what queries are made of, its norm, and queries from that.
  case attentionQueryDown
  case attentionQueryDownBias
  case attentionQueryDownNorm
  case attentionQueryUp
  /// Of latent attention: what keys and values are made of, with the part of keys that turns, and its norm.
  case attentionKeyValueDown
  case attentionKeyValueDownBias
  case attentionKeyValueDownNorm
  /// Of latent attention: the keys of each head from that, on their side, and the values of all heads.
  case attentionKeyUp
  case attentionValueUp
  /// A score for each head of queries, in the softmax beside those of all keys.
  case attentionSinks
  case attentionOutput
  case attentionOutputBias
  /// Queries, keys and values of a delta net, one below the other.
  case deltaQueryKeyValue
  /// What a delta net's output is multiplied with.
  case deltaGate
  /// How much of what its state says for a key a token replaces, for each head of values.
  case deltaBeta
  /// How much its state fades, for each head of values.
  case deltaAlpha
  /// Rows of both: for each head of keys those of the one, then those of the other.
  case deltaBetaAlpha
  /// Taps for each channel of queries, keys and values.
  case deltaConvolution
  /// The logarithm of how fast the state of each head of values fades.
  case deltaRate
  /// Added to what `deltaAlpha` makes.
  case deltaStep
  case deltaNorm
  case deltaOutput
  /// What a short convolution is given: what gates its input, what gates its output, and the input.
  case convolutionInput
  /// Taps for each channel of a short convolution.
  case convolutionTaps
  case convolutionOutput
  /// What a state space is given: what gates its output, values, keys, queries, and a step for each head.
  case stateInput
  /// Taps for each channel of values, keys and queries.
  case stateConvolution
  case stateConvolutionBias
  /// The logarithm of how fast the state of each head fades.
  case stateRate
  /// How much of its values each head passes on as they are.
  case stateSkip
  /// Added to what `stateInput` makes of steps.
  case stateStep
  case stateNorm
  case stateOutput
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
  /// Over what a feed-forward layer makes that stands beside experts, before the sum of both.
  case feedForwardBranchNorm
  /// Over the residual stream, once the feed-forward layer's output was added.
  case feedForwardSumNorm
  case feedForwardSumNormBias
  /// Gates the embedding that a layer is given, brings the product to the stream, and the norm between.
  case layerInputGate
  case layerInputOutput
  case layerInputPostNorm
  /// Multiplies what a block leaves.
  case layerScale
  /// Make further streams of the embeddings, one each, and bring those that the last block leaves to the first.
  case streamInput
  case streamOutput
  /// Tells how streams are mixed, with the norm of what it reads.
  case altUpRouterNorm
  case altUpRouter
  /// How much of each stream goes to each before a layer, and how much of what the layer made of one behind it.
  case altUpPrediction
  case altUpCorrection
  /// Multiplies the columns of the first stream where the embedding of a layer is gated.
  case altUpScale
  /// Two small matrices beside attention, and the norm of what they make.
  case laurelDown
  case laurelUp
  case laurelNorm
  /// Of what the router reads, where that is not what experts read.
  case routerNorm
  /// Scores experts.
  case router
  case routerBias
  /// Added to what scores become where experts are chosen, and nowhere else.
  case routerCorrection
  /// Multiplies the weight of each expert.
  case expertScale
  /// Of what experts read, and of the sum of what they make, beside a feed-forward layer with norms of its own.
  case expertNorm
  case expertPostNorm
  case expertGate
  case expertGateBias
  case expertUp
  case expertUpBias
  case expertDown
  case expertDownBias
  /// How much the expert counts that every token goes to.
  case sharedRouter
  case sharedGate
  case sharedUp
  case sharedDown
}

extension Role {
  /// What is added to the output of this role.
  package var bias: Role? { Role(rawValue: rawValue + "Bias") }

  /// What ends its tensor's name in a GGUF file.
  ///
  /// - Parameter ending: of most tensors of its kind.
  func ggufEnding(_ ending: String) -> String {
    switch self {
    case .routerCorrection, .deltaStep, .stateStep: ".bias"
    case .routerNorm, .expertScale: ".scale"
    case .deltaRate, .stateRate, .stateSkip: ""
    default: ".\(ending)"
    }
  }

  /// Whether a folder calls it as its module calls it, and not after its module with an ending.
  var isParameter: Bool {
    switch self {
    case .deltaRate, .deltaStep, .stateRate, .stateSkip, .stateStep, .layerScale, .routerNorm, .expertScale,
      .altUpScale:
      true
    default: false
    }
  }

  /// Whether it is the logarithm of a rate, which GGUF files hold the negative power of.
  var isRate: Bool { self == .deltaRate || self == .stateRate }

  /// Whether it makes keys or values of a latent vector: in a folder, both are one matrix.
  package var isOfLatent: Bool { self == .attentionKeyUp || self == .attentionValueUp }

  /// Of a block's matrices outside of experts.
  static let biasesOfMatrices: Set<Role> = [
    .attentionQueryBias, .attentionKeyBias, .attentionValueBias, .attentionQueryKeyValueBias, .attentionOutputBias,
    .feedForwardGateBias, .feedForwardUpBias, .feedForwardDownBias,
  ]
}
