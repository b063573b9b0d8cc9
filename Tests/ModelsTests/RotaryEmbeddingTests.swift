import Foundation
import Models
import TestSupport
import Tensors
import Testing

struct RotaryEmbeddingTests {
  /// `ROPE_INIT_FUNCTIONS["llama3"]` of transformers 5.23.0: theta 500000, head_dim 32, factor 8, low_freq_factor 1,
  /// high_freq_factor 4, original_max_position_embeddings 8192.
  private static let llama3Frequencies: [Double] = [
    1.0, 0.44036662578582764, 0.193922758102417, 0.08539710193872452, 0.03760603070259094, 0.016560440883040428,
    0.00729266507551074, 0.0032114461064338684, 0.0005248460220173001, 7.784655463183299e-05, 3.428102354519069e-05,
    1.5096217794052791e-05, 6.647869668086059e-06, 2.927499735960737e-06, 1.289173155782919e-06,
    5.677088097399974e-07,
  ]

  /// `ROPE_INIT_FUNCTIONS["linear"]` of transformers 5.23.0: theta 10000, head_dim 16, factor 2.5.
  private static let linearFrequencies: [Double] = [
    0.4000000059604645, 0.12649109959602356, 0.03999999910593033, 0.012649111449718475, 0.003999999724328518,
    0.0012649111449718475, 0.0004000000189989805, 0.0001264911115868017,
  ]

  @Test func llama3FrequenciesAreThoseOfTransformers() {
    let rotary = RotaryEmbedding(
      base: 500_000, dimensions: 32,
      scaling: .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192))
    expectFrequencies(rotary, Self.llama3Frequencies)
    #expect(rotary.frequencyDivisors.prefix(8).allSatisfy { $0 == 1 })
    #expect(rotary.frequencyDivisors.suffix(7).allSatisfy { $0 == 8 })
  }

  @Test func linearFrequenciesAreThoseOfTransformers() {
    expectFrequencies(
      RotaryEmbedding(base: 10_000, dimensions: 16, scaling: .linear(factor: 2.5)), Self.linearFrequencies)
  }

  @Test func divisorsDivideEachPairByItself() {
    let plain = RotaryEmbedding(base: 10_000, dimensions: 6)
    #expect(plain.frequencyDivisors == [1, 1, 1])
    let divided = RotaryEmbedding(base: 10_000, dimensions: 6, scaling: .divisors([1, 2, 5]))
    #expect(divided.frequencyDivisors == [1, 2, 5])
    expectFrequencies(divided, [1, pow(10_000, -1.0 / 3) / 2, pow(10_000, -2.0 / 3) / 5])
  }

  private func expectFrequencies(_ rotary: RotaryEmbedding, _ expected: [Double]) {
    #expect(rotary.frequencyDivisors.count == expected.count)
    for (pair, frequency) in expected.enumerated() {
      let plain = pow(rotary.base, -Double(2 * pair) / Double(rotary.dimensions))
      #expect(abs(plain / rotary.frequencyDivisors[pair] / frequency - 1) < 3e-7)
    }
    let length = 5
    let tables = rotary.tables(length: length)
    for position in 0..<length {
      for (pair, frequency) in expected.enumerated() {
        #expect(abs(Double(tables.cosines[position, pair]) - cos(Double(position) * frequency)) < 2e-6)
        #expect(abs(Double(tables.sines[position, pair]) - sin(Double(position) * frequency)) < 2e-6)
      }
    }
  }

  @Test func theFirstPositionDoesNotTurn() {
    var random = SeededRandom(seed: 3)
    let original = random.gaussianMatrix(rows: 6, columns: 8)
    var x = original.copy()
    RotaryEmbedding(base: 10, dimensions: 4).tables(length: 3).apply(
      to: &x, headSize: 4, sequences: SequenceRows(rows: x.rows, length: 3), on: Workers(count: 1))
    for row in [0, 3] { #expect(x.copy(rows: row..<row + 1).array() == original.copy(rows: row..<row + 1).array()) }
    #expect(x.copy(rows: 1..<2).array() != original.copy(rows: 1..<2).array())
    // Lengths of pairs (i, i + 2) stay.
    for row in 0..<6 {
      for first in [0, 1, 4, 5] {
        let before = original[row, first] * original[row, first] + original[row, first + 2] * original[row, first + 2]
        let after = x[row, first] * x[row, first] + x[row, first + 2] * x[row, first + 2]
        #expect(abs(after / before - 1) < 1e-5)
      }
    }
  }
}
