import Foundation
import Tensors

/// Position by rotation: pairs of a head's components turn by an angle that grows with the position.
///
/// Su et al., "RoFormer" (2021). A pair is (i, i + d/2), the order of Hugging Face checkpoints.
package struct RotaryEmbedding: Sendable, Hashable {
  /// How frequencies are changed for contexts longer than those first trained on.
  package enum Scaling: Sendable, Hashable {
    case none
    /// All positions are divided by `factor`.
    case linear(factor: Double)
    /// Llama 3.1: long wavelengths are divided by `factor`, short ones kept, and those between blended.
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int)
    /// Each pair's frequency is divided by a number of its own, `[dimensions / 2]`, as GGUF files say it.
    case divisors([Double])
    case yarn(Yarn)
    case longRope(LongRope)
  }

  /// Long wavelengths are divided by `factor`, short ones kept, and those between blended, by how often each turns in the
  /// original context.
  ///
  /// Peng et al., "YaRN: Efficient Context Window Extension of Large Language Models" (2023), section 3.2.
  package struct Yarn: Sendable, Hashable {
    package var factor: Double
    package var originalContext: Int
    /// Turns from where on a frequency is kept, and up to where it is divided.
    package var fastTurns: Double
    package var slowTurns: Double
    /// Multiplies queries and keys alike.
    package var magnitude: Double
    /// Whether the pairs between which frequencies are blended are whole numbers.
    package var isWhole: Bool
    /// How much the logarithm of the factor counts in scores, where attention is latent; nil for not at all.
    package var scoreMultiplier: Double?

    package init(
      factor: Double, originalContext: Int, fastTurns: Double = 32, slowTurns: Double = 1, magnitude: Double? = nil,
      isWhole: Bool = true, scoreMultiplier: Double? = nil
    ) {
      self.isWhole = isWhole
      self.scoreMultiplier = scoreMultiplier
      self.factor = factor
      self.originalContext = originalContext
      self.fastTurns = fastTurns
      self.slowTurns = slowTurns
      self.magnitude = magnitude ?? Self.usualMagnitude(factor)
    }

    /// Section 3.4 of the paper: 0.1 ln(factor) + 1.
    package static func usualMagnitude(_ factor: Double, times multiplier: Double = 1) -> Double {
      factor > 1 ? 0.1 * multiplier * log(factor) + 1 : 1
    }
  }

  /// Each pair's frequency is divided by a number of its own, another one in sequences longer than the original context.
  ///
  /// Ding et al., "LongRoPE" (2024).
  package struct LongRope: Sendable, Hashable {
    /// `[dimensions / 2]`
    package var short: [Double]
    package var long: [Double]
    package var originalContext: Int
    /// Multiplies queries and keys alike.
    package var magnitude: Double

    package init(short: [Double], long: [Double], originalContext: Int, magnitude: Double) {
      self.short = short
      self.long = long
      self.originalContext = originalContext
      self.magnitude = magnitude
    }
  }

  package let base: Double
  /// Components of a head that turn; even.
  package let dimensions: Int
  package let scaling: Scaling

  package init(base: Double, dimensions: Int, scaling: Scaling = .none) {
    precondition(dimensions % 2 == 0, "components turn in pairs")
    self.base = base
    self.dimensions = dimensions
    self.scaling = scaling
  }

  /// By what each pair's frequency is divided in sequences of some length, `[dimensions / 2]`.
  package func frequencyDivisors(length: Int) -> [Double] {
    unscaledFrequencies.enumerated().map { pair, frequency in
      switch scaling {
      case .none: return 1
      case .linear(let factor): return factor
      case .divisors(let divisors): return divisors[pair]
      case .yarn(let yarn): return divisor(pair, yarn)
      case .longRope(let scaling):
        return length > scaling.originalContext ? scaling.long[pair] : scaling.short[pair]
      case .llama3(let factor, let low, let high, let originalContext):
        let turns = Double(originalContext) * frequency / (2 * Double.pi)
        if turns < low { return factor }
        if turns >= high { return 1 }
        let blend = (turns - low) / (high - low)
        return 1 / ((1 - blend) / factor + blend)
      }
    }
  }

  /// By what each pair's frequency is divided in sequences that are not longer than the original context.
  package var frequencyDivisors: [Double] { frequencyDivisors(length: 0) }

  private func divisor(_ pair: Int, _ yarn: Yarn) -> Double {
    /// The pair, as a fraction, that turns so often in the original context.
    func place(turning turns: Double) -> Double {
      Double(dimensions) * log(Double(yarn.originalContext) / (turns * 2 * Double.pi)) / (2 * log(base))
    }
    let (fast, slow) = (place(turning: yarn.fastTurns), place(turning: yarn.slowTurns))
    let first = max(yarn.isWhole ? fast.rounded(.down) : fast, 0)
    let last = min(yarn.isWhole ? slow.rounded(.up) : slow, Double(dimensions - 1))
    let kept = 1 - min(max((Double(pair) - first) / max(last - first, 0.001), 0), 1)
    return 1 / ((1 - kept) / yarn.factor + kept)
  }

  /// What queries and keys are multiplied with.
  package var magnitude: Double {
    switch scaling {
    case .yarn(let yarn): yarn.magnitude
    case .longRope(let scaling): scaling.magnitude
    case .none, .linear, .llama3, .divisors: 1
    }
  }

  private var unscaledFrequencies: [Double] {
    (0..<dimensions / 2).map { pow(base, -Double(2 * $0) / Double(dimensions)) }
  }

  /// Cosines and sines for positions below `length`, each `[length, dimensions / 2]`.
  package func tables(length: Int) -> RotaryTables {
    let frequencies = zip(unscaledFrequencies, frequencyDivisors(length: length)).map { $0 / $1 }
    let magnitude = magnitude
    return RotaryTables(
      cosines: Matrix(rows: length, columns: frequencies.count) {
        Float(cos(Double($0) * frequencies[$1]) * magnitude)
      },
      sines: Matrix(rows: length, columns: frequencies.count) {
        Float(sin(Double($0) * frequencies[$1]) * magnitude)
      })
  }
}

/// Which components of a head turn together.
package struct RotaryPairs: Sendable, Equatable {
  /// Components of a head before those that turn.
  package var first: Int
  /// Whether they stand side by side, (2i, 2i + 1); else half a turning part apart.
  package var areNeighbours: Bool

  package init(first: Int = 0, areNeighbours: Bool = false) {
    (self.first, self.areNeighbours) = (first, areNeighbours)
  }
}

/// Cosines and sines of every angle that a sequence needs.
package final class RotaryTables: Sendable {
  package let cosines: Matrix
  package let sines: Matrix

  init(cosines: consuming Matrix, sines: consuming Matrix) {
    self.cosines = cosines
    self.sines = sines
  }

  /// Turns every head of `x` `[tokens, heads · headSize]`.
  ///
  /// - Parameters:
  ///   - sequences: which rows belong together; no sequence is longer than the tables.
  package func apply(
    to x: inout Matrix, headSize: Int, _ pairs: RotaryPairs = RotaryPairs(), sequences: SequenceRows,
    on workers: Workers
  ) {
    precondition(sequences.longest <= cosines.rows, "a position beyond the tables")
    rotate(&x, cosines, sines, sequences.positions, headSize: headSize, pairs, on: workers)
  }

  /// Turns every head the other way: what `apply` does, transposed.
  func applyTransposed(
    to x: inout Matrix, headSize: Int, _ pairs: RotaryPairs = RotaryPairs(), sequences: SequenceRows,
    on workers: Workers
  ) {
    precondition(sequences.longest <= cosines.rows, "a position beyond the tables")
    let back = Matrix(rows: sines.rows, columns: sines.columns) { -sines[$0, $1] }
    rotate(&x, cosines, back, sequences.positions, headSize: headSize, pairs, on: workers)
  }
}

private func rotate(
  _ x: inout Matrix, _ cosines: borrowing Matrix, _ sines: borrowing Matrix, _ positions: [Int], headSize: Int,
  _ pairs: RotaryPairs, on workers: Workers
) {
  let half = cosines.columns
  let heads = x.columns / headSize
  x.forEachRow(on: workers) { row, values in
    let cosine = cosines.row(positions[row])
    let sine = sines.row(positions[row])
    for head in 0..<heads {
      let first = head * headSize + pairs.first
      precondition(first + 2 * half <= values.count)
      if pairs.areNeighbours {
        turnNeighbours(&values, from: first, cosine, sine)
      } else {
        turnHalves(&values, from: first, cosine, sine)
      }
    }
  }
}

@inline(__always)
private func turnHalves(
  _ values: inout MutableSpan<Float>, from first: Int, _ cosine: Span<Float>, _ sine: Span<Float>
) {
  let second = first + cosine.count
  for pair in 0..<cosine.count {
    let a = values[unchecked: first &+ pair]
    let b = values[unchecked: second &+ pair]
    values[unchecked: first &+ pair] = a * cosine[unchecked: pair] - b * sine[unchecked: pair]
    values[unchecked: second &+ pair] = b * cosine[unchecked: pair] + a * sine[unchecked: pair]
  }
}

@inline(__always)
private func turnNeighbours(
  _ values: inout MutableSpan<Float>, from first: Int, _ cosine: Span<Float>, _ sine: Span<Float>
) {
  for pair in 0..<cosine.count {
    let place = first &+ 2 &* pair
    let a = values[unchecked: place]
    let b = values[unchecked: place &+ 1]
    values[unchecked: place] = a * cosine[unchecked: pair] - b * sine[unchecked: pair]
    values[unchecked: place &+ 1] = b * cosine[unchecked: pair] + a * sine[unchecked: pair]
  }
}
