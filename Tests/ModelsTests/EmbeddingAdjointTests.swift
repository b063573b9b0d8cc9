import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// The gradient with respect to embedding tables against finite differences in double precision.
struct EmbeddingAdjointTests {
  /// Σ direction · embeddings, with the table moved by `step` along `move`.
  private struct Reference {
    let table: [Double]
    let others: [Double]
    let multiplier: Double
    /// Weight and bias of a norm over the sums; nil where there is none.
    let norm: (weights: [Double], biases: [Double], epsilon: Double)?
    let columns: Int
    let tokens: [Int32]
    let direction: [Double]

    func loss(_ step: Double, _ move: [Double]) -> Double {
      var loss = 0.0
      for (row, token) in tokens.enumerated() {
        var values = (0..<columns).map { column in
          let place = Int(token) * columns + column
          return (table[place] + step * move[place]) * multiplier + others[row * columns + column]
        }
        if let norm {
          let mean = values.reduce(0, +) / Double(columns)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
          let factor = 1 / (variance + norm.epsilon).squareRoot()
          for column in 0..<columns {
            values[column] = (values[column] - mean) * factor * norm.weights[column] + norm.biases[column]
          }
        }
        for column in 0..<columns { loss += values[column] * direction[row * columns + column] }
      }
      return loss
    }
  }

  private static func wave(_ count: Int, _ speed: Double) -> [Double] {
    (0..<count).map { cos(speed * Double($0) + 0.3) }
  }

  @Test(arguments: ["bert-mean", "gemma2", "llama"])
  func tablesAreThoseOfFiniteDifferences(name: String) throws {
    let folder = try TemporaryFolder()
    let fixture = FamilyFixture.named(name)
    let model = try ModelSource(path: try fixture.write(to: folder), on: Workers(count: 2))
    let input = try model.input()
    let decoder = Decoder(model, sequenceLength: fixture.tokens.count, on: Workers(count: 2))
    let columns = model.shape.hiddenSize
    let table = input.table.matrix.array().map(Double.init)
    let rows = fixture.tokens.count
    let others = (0..<rows * columns).map { place -> Double in
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      let position = input.positions.map { Double($0.matrix[row, column]) } ?? 0
      return position + (input.types.map { Double($0.matrix[0, column]) } ?? 0)
    }
    let direction = Self.wave(rows * columns, 1.7)
    var norm: (weights: [Double], biases: [Double], epsilon: Double)?
    if let weights = input.norm, let biases = input.normBias {
      norm = (
        weights.matrix.array().map(Double.init), biases.matrix.array().map(Double.init), Double(model.shape.normEpsilon)
      )
    }
    #expect((norm != nil) == (name == "bert-mean"))
    let reference = Reference(
      table: table, others: others, multiplier: Double(model.shape.choices.embeddingMultiplier ?? 1), norm: norm,
      columns: columns, tokens: fixture.tokens, direction: direction)
    let slopes = decoder.backwardEmbedding(
      fixture.tokens, input, gradient: Matrix(rows: rows, columns: columns, direction.map { Float($0) })
    ).array().map(Double.init)
    #expect(slopes.count == table.count)
    let length = slopes.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for speed in [0.9, 2.3, 3.1] {
      let move = Self.wave(table.count, speed)
      let step = 1e-5
      let difference = (reference.loss(step, move) - reference.loss(-step, move)) / (2 * step)
      let slope = zip(slopes, move).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(slope - difference) <= 1e-4 * length, "\(name): \(slope), not \(difference)")
    }
  }
}
