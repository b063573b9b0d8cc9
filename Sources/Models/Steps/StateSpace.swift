/// A state space with gates that follow the text (Mamba 2), as the configuration of a model has it.
package struct StateSpace: Sendable, Equatable {
  /// Where what is read of states is normed.
  package enum Norms: Sendable {
    case nowhere
    case beforeGate
    case behindGate
  }

  package var heads: Int
  /// Components of a head.
  package var headSize: Int
  /// Runs of heads that share keys and queries.
  package var groups: Int
  /// Components of keys and queries.
  package var stateSize: Int
  /// How many tokens, itself included, a token's channels are a mixture of.
  package var taps: Int
  /// Whether the convolution has a bias.
  package var hasConvolutionBias: Bool
  package var norms = Norms.behindGate
  /// What steps stay within.
  package var stepLimits: ClosedRange<Float>
  /// Which layers have it in the place of attention.
  package var layers: [Bool]

  package static let anyStep: ClosedRange<Float> = 0...Float.infinity

  package init(
    heads: Int, headSize: Int, groups: Int, stateSize: Int, taps: Int, hasConvolutionBias: Bool,
    stepLimits: ClosedRange<Float> = anyStep, layers: [Bool]
  ) {
    (self.heads, self.headSize, self.groups, self.stateSize) = (heads, headSize, groups, stateSize)
    (self.taps, self.hasConvolutionBias) = (taps, hasConvolutionBias)
    (self.stepLimits, self.layers) = (stepLimits, layers)
  }

  /// Columns of all heads.
  package var innerSize: Int { heads * headSize }
  /// Columns of keys, and of queries, of all groups.
  package var keyColumns: Int { groups * stateSize }
  /// Columns that pass the convolution: those of heads, keys and queries.
  package var channels: Int { innerSize + 2 * keyColumns }
}
