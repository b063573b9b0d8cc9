import Foundation

/// What configurations say of a model beside its sizes. The defaults are Llama's.
package struct DecoderChoices: Sendable, Equatable {
  package enum Position: Sendable, Equatable {
    case rotary
    /// A table of vectors, added to the embeddings.
    case learned
    /// Scores that fall with the distance, by another slope for each head; of two heads the steepest falls by `maximum` octaves.
    case linearBias(maximum: Float)
  }

  /// What is made of the last hidden states.
  package enum Head: Sendable, Equatable {
    /// Scores of the next token.
    case nextToken
    /// One vector for each text; such a model has no output matrix.
    case embedding(Pooling)
  }

  package var norm = Norm.Kind.rootMeanSquare
  /// Whether attention and feed-forward both read the stream as it enters the block.
  package var isParallel = false
  /// Whether they then read it through one norm, where members of a family differ in it.
  package var sharesNorm = false
  package var position = Position.rotary
  /// How many rows a folder's table of positions has before that of a text's first token; GGUF files lack them.
  package var unreadPositions = 0
  /// Rows of a table of token types; nil where there is none.
  package var tokenTypes: Int?
  package var mask = AttentionMask.causal
  package var head = Head.nextToken
  package var activation = Activation.silu
  /// What gates experts in the place of the activation.
  package var clampedGate: ClampedGate.Numbers?
  /// What takes the place of the activation in a plain feed-forward layer: the numbers of each layer.
  package var xIELU: [XIELU.Numbers] = []
  /// Whether each head of queries and keys is normed, where members of a family differ in it.
  package var normsHeads = false
  /// Experts in the place of the feed-forward layer.
  package var experts: Experts?
  /// What each layer sees; repeated when there are more layers.
  package var attention = [AttentionRule()]
  /// Heads of layers with a window, where they are others than those of the rest.
  package var windowHeads: HeadSizes?
  /// Whether layers that see everything take their keys for values as well.
  package var keysAreValues = false
  /// A small embedding of each token for each layer; nil where layers are given the stream alone.
  package var layerInputs: LayerInputs?
  /// Several streams in the place of one.
  package var altUp: AlternatingUpdates?
  /// For each layer how many standard deviations above its mean a row of gates is cut off; nil where it is not, and empty where it is in no
  /// layer.
  package var gateCutoffs: [Float?] = []
  /// How many of the last layers take keys and values of an earlier one.
  package var sharingLayers = 0
  /// Whether feed-forward layers of these are twice as wide.
  package var widensSharing = false
  /// The positions of layers that turn by angles of their own.
  package var localRotary: RotaryEmbedding?
  /// How many pairs of components time, height and width have of what turns; for text all three are one.
  package var positionSections: [Int]?
  /// To how many of the first blocks a vision tower adds what it saw; nothing for text.
  package var deepStackLayers = 0
  /// Where keys and values are made of one small vector of each token.
  package var latent: LatentAttention?
  /// Biases of matrices, by their roles; layer norms always have one.
  package var biases: Set<Role> = []
  /// By what products of queries and keys are multiplied; nil for 1 / √(head size).
  package var queryScale: Float?
  /// Scores and logits stay within ± these: cap · tanh(x / cap).
  package var attentionSoftCap: Float?
  /// Queries, keys and values stay within ± this.
  package var queryKeyValueLimit: Float?
  /// How queries grow with their positions.
  package var queryGrowth: PositionGrowth.Numbers?
  package var logitSoftCap: Float?
  /// Whether each head of queries has a score that takes part in the softmax and stands for nothing.
  package var hasSinks = false
  /// What takes the place of attention in some layers.
  package var deltaNet: DeltaNet?
  package var convolution: ShortConvolution?
  package var stateSpace: StateSpace?
  /// Which layers are a feed-forward layer and nothing else, and so the others have none; empty where every layer has one beside attention.
  package var feedForwardLayers: [Bool] = []
  /// What rows of a folder's matrices are multiplied with, where its configuration says so; GGUF files hold products.
  package var rowFactors: [Role: [RowFactor]] = [:]
  package var embeddingMultiplier: Float?
  /// Multiplies what attention and feed-forward add to the residual stream.
  package var residualMultiplier: Float?
  package var logitDivisor: Float?

  package init(_ change: (inout DecoderChoices) -> Void = { _ in }) {
    change(&self)
  }

  /// How texts become embeddings; nil for models that predict tokens.
  package var pooling: Pooling? { if case .embedding(let pooling) = head { pooling } else { nil } }

  /// The window of those layers that have one.
  package var window: Int? { attention.lazy.compactMap(\.window).first }

  /// Which layers have neither attention nor a delta net; empty where all have one.
  package var withoutValues: [Bool] {
    let others = convolution?.layers ?? stateSpace?.layers ?? []
    return feedForwardLayers.isEmpty ? others : zip(others, feedForwardLayers).map { $0 || $1 }
  }

  /// Whether the layer is a feed-forward layer and nothing else.
  package func isFeedForward(layer: Int) -> Bool {
    feedForwardLayers.indices.contains(layer) && feedForwardLayers[layer]
  }

  /// Whether the layer has attention, and not what takes its place.
  package func hasAttention(layer: Int) -> Bool {
    let others = deltaNet?.layers ?? withoutValues
    return !others.indices.contains(layer) || !others[layer]
  }

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

/// Sizes of attention whose keys and values are made of one small vector of each token.
///
/// DeepSeek-AI, "DeepSeek-V2" (2024), section 2.1.
package struct LatentAttention: Sendable, Equatable {
  /// Of what queries are made of; nil where they are made of the stream itself.
  package var queryRank: Int?
  /// Of what keys and values are made of.
  package var rank: Int
  /// Components of a head of queries and keys that do not turn, and of those behind them that do.
  package var plainSize: Int
  package var turningSize: Int
  package var valueSize: Int
  /// Of the norms of small vectors.
  package var normEpsilon: Float

  package init(
    queryRank: Int?, rank: Int, plainSize: Int, turningSize: Int, valueSize: Int, normEpsilon: Float = 1e-6
  ) {
    (self.queryRank, self.rank, self.plainSize) = (queryRank, rank, plainSize)
    (self.turningSize, self.valueSize, self.normEpsilon) = (turningSize, valueSize, normEpsilon)
  }

  /// Components of a head of queries and keys.
  package var headSize: Int { plainSize + turningSize }
}

/// A table of small embeddings, one of each token for each layer, beside what a matrix makes of the token's own embedding.
package struct LayerInputs: Sendable, Equatable {
  /// Components for one layer.
  package var size: Int
  /// Rows of the table.
  package var vocabularySize: Int
  /// The last of them, which a folder lacks: they are as the first one is.
  package var missingRows: Int

  package init(size: Int, vocabularySize: Int, missingRows: Int = 0) {
    (self.size, self.vocabularySize, self.missingRows) = (size, vocabularySize, missingRows)
  }
}

/// The heads of one layer.
package struct HeadSizes: Sendable, Equatable {
  package var keyValueHeads: Int
  /// Components of each head.
  package var size: Int

  package init(keyValueHeads: Int, size: Int) {
    (self.keyValueHeads, self.size) = (keyValueHeads, size)
  }
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

  /// How many tokens each sees, itself included, or by the bidirectional mask half as many on either side; nil for all that the mask shows.
  package var window: Int?
  /// After how many tokens of a text the next one sees none of those before it; nil for never.
  package var chunk: Int?
  package var positions: Positions

  package init(window: Int? = nil, chunk: Int? = nil, positions: Positions = .main) {
    self.window = window
    self.chunk = chunk
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
  /// max(x, 0)
  case relu
  /// max(x, 0)²
  case reluSquared
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  case tanh
}
