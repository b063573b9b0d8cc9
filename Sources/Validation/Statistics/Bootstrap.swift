import Tensors

/// Draws the sampled units anew, many times over, to see how much figures depend on which units came up.
///
/// Units are whole sequences, because the tokens of one sequence are not independent of each other. Every figure of one
/// comparison is computed on the same draws and from both models at once: differences between the models are paired. Of
/// several corpora each is drawn from by itself, because their shares are fixed by the user and not by chance.
///
/// Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
package struct Bootstrap: Sendable {
  /// Draws. Ends of 95 % intervals vary by about a twentieth of a standard error from seed to seed.
  package static let draws = 2000

  /// The number of units in each stratum; units of one stratum follow each other.
  private let strata: [Int]
  private let seed: UInt64

  /// - Parameter strata: the number of units in each part that is drawn from by itself.
  package init(strata: [Int], seed: UInt64 = 0x706C_616E_6973_6800) {
    self.strata = strata
    self.seed = seed
  }

  private var units: Int { strata.reduce(0, +) }

  /// Estimates of all figures that `statistic` gives for a sample.
  ///
  /// - Parameter statistic: the figures of a sample in which each unit appears as often as its weight says; must not
  ///   depend on anything else.
  package func estimates(
    on workers: Workers, _ statistic: @Sendable (_ weights: [Int32]) -> [Double]
  ) -> [Estimate] {
    let values = statistic([Int32](repeating: 1, count: units))
    let freedom = units - strata.count
    // With one unit in each stratum every draw is the sample itself.
    let samples = freedom > 0 ? workers.map(Self.draws) { statistic(weights(draw: $0)) } : []
    return values.indices.map { figure in
      let drawn = samples.map { $0[figure] }
      // A draw without the one broken unit has a figure; the sample has none, and that is what counts.
      let isDefined = !values[figure].isNaN && !drawn.contains(where: \.isNaN)
      return isDefined
        ? Estimate(values[figure], .resampled(sorted: drawn.sorted(), freedom: freedom))
        : Estimate(.nan, .resampled(sorted: [], freedom: 0))
    }
  }

  /// How often each unit comes up in one draw.
  private func weights(draw: Int) -> [Int32] {
    var generator = SplitMix64(seed: seed &+ UInt64(draw))
    var weights = [Int32](repeating: 0, count: units)
    var first = 0
    for count in strata {
      for _ in 0..<count { weights[first + Int(generator.next(below: UInt64(count)))] += 1 }
      first += count
    }
    return weights
  }
}
