import Foundation
import Tensors

/// Position by rotation: pairs of a head's components turn by an angle that grows with the position.
///
/// Su et al., "RoFormer" (2021). A pair is (i, i + d/2), the order of Hugging Face checkpoints.
package struct RotaryEmbedding: Sendable, Equatable {
  /// How frequencies are changed for contexts longer than those first trained on.
  package enum Scaling: Sendable, Equatable {
    case none
    /// All positions are divided by `factor`.
    case linear(factor: Double)
    /// Llama 3.1: long wavelengths are divided by `factor`, short ones kept, and those between blended.
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int)
    /// Each pair's frequency is divided by a number of its own, `[dimensions / 2]`, as GGUF files say it.
    case divisors([Double])
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

  /// By what each pair's frequency is divided, `[dimensions / 2]`.
  package var frequencyDivisors: [Double] {
    unscaledFrequencies.enumerated().map { pair, frequency in
      switch scaling {
      case .none: return 1
      case .linear(let factor): return factor
      case .divisors(let divisors): return divisors[pair]
      case .llama3(let factor, let low, let high, let originalContext):
        let turns = Double(originalContext) * frequency / (2 * Double.pi)
        if turns < low { return factor }
        if turns > high { return 1 }
        let blend = (turns - low) / (high - low)
        return 1 / ((1 - blend) / factor + blend)
      }
    }
  }

  private var unscaledFrequencies: [Double] {
    (0..<dimensions / 2).map { pow(base, -Double(2 * $0) / Double(dimensions)) }
  }

  /// Cosines and sines for positions below `length`, each `[length, dimensions / 2]`.
  package func tables(length: Int) -> RotaryTables {
    let frequencies = zip(unscaledFrequencies, frequencyDivisors).map { $0 / $1 }
    return RotaryTables(
      cosines: Matrix(rows: length, columns: frequencies.count) { Float(cos(Double($0) * frequencies[$1])) },
      sines: Matrix(rows: length, columns: frequencies.count) { Float(sin(Double($0) * frequencies[$1])) })
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

  /// Turns every head of `x` `[tokens, heads · headSize]`; row r stands at position r modulo the tables' length.
  package func apply(to x: inout Matrix, headSize: Int, on workers: Workers) {
    rotate(&x, cosines, sines, headSize: headSize, on: workers)
  }
}

private func rotate(
  _ x: inout Matrix, _ cosines: borrowing Matrix, _ sines: borrowing Matrix, headSize: Int, on workers: Workers
) {
  let length = cosines.rows
  let half = cosines.columns
  let heads = x.columns / headSize
  let total = x.rows
  x.withDisjointRows { x in
    workers.forEachTile(of: 256, in: total) { tile in
      for row in tile {
        let cosine = cosines.row(row % length)
        let sine = sines.row(row % length)
        var values = x.row(row)
        for head in 0..<heads {
          let first = head * headSize
          precondition(first + 2 * half <= values.count)
          for pair in 0..<half {
            let a = values[unchecked: first + pair]
            let b = values[unchecked: first + half + pair]
            values[unchecked: first + pair] = a * cosine[unchecked: pair] - b * sine[unchecked: pair]
            values[unchecked: first + half + pair] = b * cosine[unchecked: pair] + a * sine[unchecked: pair]
          }
        }
      }
    }
  }
}
