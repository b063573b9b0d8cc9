import Foundation

/// In what the blocks of one family differ from those of another. The defaults are Llama's.
package struct DecoderChoices: Sendable, Equatable {
  /// How the residual stream is brought to one size before it is read.
  package enum Norm: Sendable, Equatable {
    case rootMeanSquare
    /// With the mean taken off first, and a bias.
    case layer
  }

  /// What attention and feed-forward matrices read and write; a norm stands wherever one is named.
  package enum NormPlacement: Sendable, Equatable {
    case before
    case after
    case both
    /// Over the stream itself, after each sum.
    case afterSum
  }

  /// Over what queries and keys are normed before they rotate.
  package enum QueryKeyNorm: Sendable, Equatable {
    case none
    case eachHead
    case allHeads
  }

  package enum Position: Sendable, Equatable {
    case rotary
    /// A table of vectors, added to the embeddings.
    case learned
  }

  /// What is made of the last hidden states.
  package enum Head: Sendable, Equatable {
    /// Scores of the next token.
    case nextToken
    /// One vector for each text; such a model has no output matrix.
    case embedding(Pooling)
  }

  package var norm = Norm.rootMeanSquare
  package var normPlacement = NormPlacement.before
  /// Whether attention and feed-forward both read the stream as it enters the block.
  package var isParallel = false
  package var queryKeyNorm = QueryKeyNorm.none
  package var position = Position.rotary
  /// Rows of a table of token types; nil where there is none.
  package var tokenTypes: Int?
  package var mask = AttentionMask.causal
  package var head = Head.nextToken
  package var activation = Activation.silu
  /// Whether the activation multiplies a second matrix's output, or stands alone.
  package var isGated = true
  /// Whether queries, keys and values come from one matrix.
  package var fusesAttention = false
  /// Whether gate and up are one matrix.
  package var fusesGate = false
  /// Experts in the place of the feed-forward layer.
  package var experts: Experts?
  /// What each layer sees; repeated when there are more layers.
  package var attention = [AttentionRule()]
  /// The positions of layers that turn by angles of their own.
  package var localRotary: RotaryEmbedding?
  /// Which roles have a bias: the roles of the biases.
  package var biases: Set<Role> = []
  /// By what products of queries and keys are multiplied; nil for 1 / √(head size).
  package var queryScale: Float?
  /// Scores and logits stay within ± these: cap · tanh(x / cap).
  package var attentionSoftCap: Float?
  package var logitSoftCap: Float?
  package var embeddingMultiplier: Float?
  /// Multiplies what attention and feed-forward add to the residual stream.
  package var residualMultiplier: Float?
  package var logitDivisor: Float?

  package init(_ change: (inout DecoderChoices) -> Void = { _ in }) {
    change(&self)
  }

  /// How texts become embeddings; nil for models that predict tokens.
  package var pooling: Pooling? { if case .embedding(let pooling) = head { pooling } else { nil } }

  /// What the layer sees.
  package func attention(layer: Int) -> AttentionRule { attention[layer % attention.count] }
}

/// Which tokens of its sequence each token sees.
package enum AttentionMask: Sendable, Equatable {
  /// Itself and those before it.
  case causal
  /// All of them.
  case bidirectional
}

/// What the tokens of one layer see of each other.
package struct AttentionRule: Sendable, Equatable {
  package enum Positions: Sendable, Equatable {
    /// The model's rotary embedding.
    case main
    /// `DecoderChoices.localRotary`
    case local
    case none
  }

  /// How many tokens each sees, itself included; nil for all that the mask shows.
  package var window: Int?
  package var positions: Positions

  package init(window: Int? = nil, positions: Positions = .main) {
    self.window = window
    self.positions = positions
  }
}

/// The step that makes a feed-forward layer more than a product of matrices.
package enum Activation: String, Sendable, CaseIterable {
  /// x / (1 + e⁻ˣ)
  case silu
  /// x · Φ(x), with Φ by the hyperbolic tangent of a polynomial.
  case geluTanh
  /// x · Φ(x), with the cumulative distribution Φ of the normal distribution.
  case gelu
}
