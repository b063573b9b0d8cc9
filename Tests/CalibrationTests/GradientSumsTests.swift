import Calibration
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// What is sampled of a text, drawn from predictions, and summed up of gradients.
struct GradientSumsTests {
  private let workers = Workers(count: 2)

  private static func text(_ count: Int, length: Int = 4) -> TokenSequences {
    TokenSequences(tokens: (0..<Int32(count * length)).map { $0 }, length: length)
  }

  @Test(arguments: [(1, 1), (4, 1), (5, 2), (39, 10), (40, 10), (400, 10)])
  func samplesAreWholeSequencesOverAllOfTheText(tokens: Int, count: Int) {
    let sample = TextSample(Self.text(10), tokens: tokens)
    #expect(sample.sequences.count == count && Set(sample.indices).count == count)
    for (place, index) in sample.indices.enumerated() {
      #expect(Array(sample.sequences[place]) == (0..<4).map { Int32(4 * index + $0) })
      #expect((0..<4).allSatisfy { sample.place(ofToken: 4 * index + $0) == 4 * place + $0 })
    }
    #expect((0..<40).count { sample.place(ofToken: $0) == nil } == 40 - 4 * count)
    #expect(sample.origins.map(\.position) == (0..<4 * count).map { $0 % 4 })
    #expect(sample.origins.map(\.sequence) == sample.indices.flatMap { [$0, $0, $0, $0] })
    // At equal distances: no part of the text has two more than another.
    let gaps = zip(sample.indices.dropFirst(), sample.indices).map { $0 - $1 }
    #expect((gaps.max() ?? 0) - (gaps.min() ?? 0) <= 1)
  }

  /// The mean of many draws, and of their outer products.
  @Test(arguments: PredictionDraw.Kind.allCases)
  func drawsHaveTheMomentsOfPredictions(kind: PredictionDraw.Kind) {
    let logits: [Float] = [0.4, -1.2, 2, 0, 0.7]
    let draws = 40_000
    let rows = Matrix(rows: draws, columns: 5) { logits[$1] }
    let places = (0..<draws).map { (sequence: $0 / 100, position: $0 % 100) }
    let gradients = PredictionDraw(kind, seed: 3).gradient(of: rows, at: places, on: workers)
    let sum = logits.reduce(0) { $0 + exp(Double($1)) }
    let p = logits.map { exp(Double($0)) / sum }
    for row in 0..<5 {
      let mean = (0..<draws).reduce(0.0) { $0 + Double(gradients[$1, row]) } / Double(draws)
      // Five standard deviations of a mean of numbers whose variance is at most ¼.
      #expect(abs(mean) < 5 * 0.5 / Double(draws).squareRoot())
      for column in 0..<5 {
        let moment =
          (0..<draws).reduce(0.0) { $0 + Double(gradients[$1, row]) * Double(gradients[$1, column]) } / Double(draws)
        let expected = (row == column ? p[row] : 0) - p[row] * p[column]
        #expect(abs(moment - expected) < 5 * 0.5 / Double(draws).squareRoot(), "\(row), \(column)")
      }
    }
  }

  @Test(arguments: PredictionDraw.Kind.allCases)
  func aDrawIsTheTokensOwn(kind: PredictionDraw.Kind) {
    var random = SeededRandom(seed: 4)
    let logits = random.gaussianMatrix(rows: 40, columns: 30)
    let places = (0..<40).map { (sequence: $0 / 8, position: $0 % 8) }
    let all = PredictionDraw(kind, seed: 1).gradient(of: logits, at: places, on: workers)
    for row in 0..<40 {
      let own = PredictionDraw(kind, seed: 1).gradient(
        of: logits.copy(rows: row..<row + 1), at: [places[row]], on: Workers(count: 1))
      #expect(own.array() == all.copy(rows: row..<row + 1).array())
    }
    #expect(PredictionDraw(kind, seed: 2).gradient(of: logits, at: places, on: workers).array() != all.array())
  }

  /// Weights, and B in blocks and as a diagonal, against sums in double precision. Rows come in two units, of which the second has
  /// other tokens, as an expert's.
  @Test(arguments: [OutputForm.blocks, .rows])
  func sumsAreThoseOfTheFormula(form: OutputForm) throws {
    let sample = TextSample(Self.text(6), tokens: 12)
    var random = SeededRandom(seed: 5)
    let x = random.gaussianMatrix(rows: 7, columns: 5)
    let g = random.gaussianMatrix(rows: 7, columns: 6, scale: 1e-4)
    let tokens = [0, 1, 2, 3, 5, 8, 11]
    let sums = GradientSums<Int>(sample, on: workers)
    sums.add(x.copy(rows: 0..<4), g.copy(rows: 0..<4), in: [RowUnit(rows: 0..<4)], from: 0, of: 0, form)
    sums.add(
      x.copy(rows: 4..<7), g.copy(rows: 4..<7), in: [RowUnit(rows: 0..<3, shard: 1, tokens: [1, 4, 7])], from: 4, of: 0,
      form)
    let loss = try #require(sums.take(0))
    #expect(sums.take(0) == nil)

    func squares(_ matrix: borrowing Matrix, _ row: Int) -> Double {
      (0..<matrix.columns).reduce(0) { $0 + Double(matrix[row, $1]) * Double(matrix[row, $1]) }
    }
    let gradients = (0..<7).map { squares(g, $0) }
    let inputs = (0..<7).map { squares(x, $0) }
    let mean = gradients.reduce(0, +) / 7
    let weights = (0..<24).map { token -> Double in
      guard let place = sample.place(ofToken: token), let row = tokens.firstIndex(of: place) else { return 1 }
      return gradients[row] / mean
    }
    #expect(relativeDistance((0..<24).map { loss.weights[$0] }, weights) < 1e-6)
    let trace = zip(gradients, inputs).reduce(0) { $0 + $1.0 * $1.1 }
    let factor = gradients.reduce(0, +) / (trace * 12)
    let expected = (0..<36).map { index in
      (0..<7).reduce(0.0) { $0 + factor * inputs[$1] * Double(g[$1, index / 6]) * Double(g[$1, index % 6]) }
    }
    let diagonal = (0..<6).map { expected[7 * $0] }
    #expect(relativeDistance(loss.outputs.diagonal, diagonal) < 1e-6 && loss.outputs.tokens == 7)
    if case .blocks = form {
      #expect(relativeDistance(loss.outputs.blocks[0].matrix.matrix.array(), expected) < 1e-6)
    } else {
      #expect(loss.outputs.blocks.isEmpty)
    }
  }

  @Test func whatNoGradientComesThroughIsNotKnown() {
    let sums = GradientSums<Int>(TextSample(Self.text(2), tokens: 8), on: workers)
    sums.add(Matrix(rows: 4, columns: 3), Matrix(rows: 4, columns: 2), in: [RowUnit(rows: 0..<4)], from: 0, of: 1)
    #expect(sums.take(1) == nil && sums.take(2) == nil)
  }

  @Test(arguments: [1, 4096, 4097, 11_008])
  func blocksOfRowsAreAllRows(rows: Int) {
    let blocks = OutputBlocks.all(rows: rows)
    #expect(blocks.first?.lowerBound == 0 && blocks.last?.upperBound == rows)
    #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    #expect(blocks.allSatisfy { 0 < $0.count && $0.count <= 4096 })
  }

  @Test func weightsScaleRowsByTheirRoots() {
    let sample = TextSample(Self.text(2), tokens: 4)
    var random = SeededRandom(seed: 6)
    let sums = GradientSums<Int>(sample, on: workers)
    let g = random.gaussianMatrix(rows: 4, columns: 2)
    sums.add(Matrix(rows: 4, columns: 3, repeating: 1), g, in: [RowUnit(rows: 0..<4)], from: 0, of: 0)
    guard let weights = sums.take(0)?.weights else {
      Issue.record("no weights")
      return
    }
    let rows = random.gaussianMatrix(rows: 3, columns: 5)
    let units = [RowUnit(rows: 0..<1, tokens: [2]), RowUnit(rows: 1..<3, tokens: [0, 5])]
    let found = weights.applied(to: rows, in: units, from: 1, on: workers)
    for (row, token) in [3, 1, 6].enumerated() {
      for column in 0..<5 { #expect(found[row, column] == weights[token].squareRoot() * rows[row, column]) }
    }
  }
}
