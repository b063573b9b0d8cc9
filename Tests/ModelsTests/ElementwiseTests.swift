import Foundation
import Models
import TestSupport
import Tensors
import Testing

struct ElementwiseTests {
  @Test(arguments: [1, 15, 16, 17, 100], [Float(1e-6), 1])
  func normsAreThoseOfTheFormula(columns: Int, epsilon: Float) {
    var random = SeededRandom(seed: UInt64(columns))
    let x = random.gaussianMatrix(rows: 67, columns: columns, scale: 3)
    let weight = random.gaussianMatrix(rows: 1, columns: columns)
    let result = rmsNorm(x, weight, epsilon: epsilon, on: Workers(count: 2))
    for row in 0..<67 {
      let squares = (0..<columns).reduce(0.0) { $0 + pow(Double(x[row, $1]), 2) }
      let size = (squares / Double(columns) + Double(epsilon)).squareRoot()
      for column in 0..<columns {
        let expected = Double(x[row, column]) / size * Double(weight[0, column])
        #expect(abs(Double(result[row, column]) - expected) <= 1e-6 * abs(expected))
      }
    }
  }

  @Test func aZeroRowStaysZero() {
    let result = rmsNorm(
      Matrix(rows: 1, columns: 3), Matrix(rows: 1, columns: 3, repeating: 1), epsilon: 1e-5, on: Workers(count: 1))
    #expect(result.array() == [0, 0, 0])
  }

  @Test func siluIsThatOfTheFormula() {
    let values: [Float] = [-1e10, -1e6, -100, -88, -20, -3, -1, -1e-3, 0, 1e-3, 1, 3, 20, 88, 100, 1e6, 1e10]
    var gate = Matrix(rows: 1, columns: values.count, values)
    Activation.silu.gate(&gate, Matrix(rows: 1, columns: values.count, repeating: 2), on: Workers(count: 1))
    for (index, value) in values.enumerated() {
      let expected = 2 * Double(value) / (1 + exp(-Double(value)))
      #expect(abs(Double(gate[0, index]) - expected) <= 1e-6 * max(1, abs(expected)), "silu(\(value))")
    }
  }

  @Test func sumsAreElementwise() {
    var random = SeededRandom(seed: 4)
    let y = random.gaussianMatrix(rows: 70, columns: 19)
    var x = random.gaussianMatrix(rows: 70, columns: 19)
    let expected = zip(x.array(), y.array()).map { $0 + $1 }
    add(y, to: &x, on: Workers(count: 2))
    #expect(x.array() == expected)
  }

  @Test(arguments: [1, 2, 15, 16, 17, 33, 100], [Float(1), 0.125, 30])
  func softmaxAgreesWithDoublePrecision(count: Int, scale: Float) {
    var random = SeededRandom(seed: UInt64(count))
    let width = count + 9
    var scores = random.gaussianMatrix(rows: 1, columns: width + 2, scale: 5)
    let before = scores.array()
    let powers = (0..<count).map { exp(Double(before[$0]) * Double(scale)) }
    let sum = powers.reduce(0, +)
    normalize(scores.mutableRow(0), count: count, width: width, scale: scale)
    for index in 0..<count { #expect(abs(Double(scores[0, index]) - powers[index] / sum) < 2e-5) }
    for index in count..<width { #expect(scores[0, index] == 0) }
    // Nothing beyond the width is touched.
    #expect(scores[0, width] == before[width] && scores[0, width + 1] == before[width + 1])
  }

  @Test func softmaxHoldsForScoresFarApart() {
    var scores = Matrix(rows: 1, columns: 4, [1e9, -1e9, 1e9, -.infinity])
    normalize(scores.mutableRow(0), count: 4, width: 4, scale: 1)
    #expect(scores.array() == [0.5, 0, 0.5, 0])
  }

  @Test func softmaxKeepsNotANumberVisible() {
    var scores = Matrix(rows: 1, columns: 20)
    scores[0, 3] = .nan
    normalize(scores.mutableRow(0), count: 20, width: 20, scale: 1)
    #expect((0..<20).allSatisfy { scores[0, $0].isNaN })
  }

  private func normalize(_ row: consuming MutableSpan<Float>, count: Int, width: Int, scale: Float) {
    let sum = exponentials(&row, count: count, width: width, scale: scale)
    for index in 0..<width { row[index] /= sum }
  }
}
