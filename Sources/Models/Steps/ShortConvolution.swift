/// A short convolution between two gates, as the configuration of a model has it.
package struct ShortConvolution: Sendable, Equatable {
  /// How many tokens, itself included, a token's values are a mixture of.
  package var taps: Int
  /// Which layers have it in the place of attention.
  package var layers: [Bool]

  package init(taps: Int, layers: [Bool]) {
    (self.taps, self.layers) = (taps, layers)
  }
}
