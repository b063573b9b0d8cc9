import Foundation
import LinearAlgebra
import Models
import TestSupport
import Tensors
import Testing

/// Gradients through whole models of every family, and through the demo model, against PyTorch's (`family-gradients.py`).
struct ModelGradientTests {
  struct Expected: Decodable {
    let name: String
    /// What the model is run on; nil for the tokens of all fixtures.
    let tokens: [Int32]?
    /// Of the gradient with respect to what the first block reads: its length, and its product with `direction`.
    let stream: [Double]
    /// The same of what every linear layer hands back, by its name.
    let linears: [String: [Double]]
  }

  static let all: [Expected] = {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/family-gradients.json")
    return (try? Data(contentsOf: path)).flatMap { try? JSONDecoder().decode([Expected].self, from: $0) } ?? []
  }()

  private let workers = Workers(count: 2)

  @Test func everyFamilyIsThere() {
    let names = Set(Self.all.map(\.name))
    #expect(names.count >= 27 && names.contains("demo"))
  }

  @Test(arguments: all.indices)
  func gradientsAreThoseOfPyTorch(index: Int) throws {
    let expected = Self.all[index]
    let folder = try TemporaryFolder()
    let fixture = expected.name == "demo" ? nil : FamilyFixture.named(expected.name)
    let path = try fixture?.write(to: folder) ?? SharedMaterial.packageRoot.appending(path: "demo/model").path
    let tokens = try #require(expected.tokens ?? fixture?.tokens)
    let found = try gradients(try ModelSource(path: path, on: workers), tokens)
    let length = expected.stream[0]
    #expect(Self.distance(found.stream, expected.stream) < 1e-4, "\(expected.name): \(found.stream)")
    for (name, digest) in expected.linears {
      let own = try #require(found.linears[name], "\(expected.name): \(name)")
      #expect(Self.distance(own, digest) < 1e-4, "\(expected.name): \(name): \(own), not \(digest)")
    }
    #expect(length > 0 && !expected.linears.isEmpty)
  }

  /// Relative to the gradient's length times that of a direction of as many numbers: of the two, the larger distance.
  private static func distance(_ found: [Double], _ expected: [Double]) -> Double {
    max(abs(found[0] / expected[0] - 1), abs(found[1] - expected[1]) / expected[0])
  }

  private static func digest(_ gradient: borrowing Matrix) -> [Double] {
    var (squares, product) = (0.0, 0.0)
    for row in 0..<gradient.rows {
      for column in 0..<gradient.columns {
        let value = Double(gradient[row, column])
        squares += value * value
        product += value * cos(37 * Double(row) + 11 * Double(column) + 0.5)
      }
    }
    return [squares.squareRoot(), product]
  }

  private func gradients(
    _ model: ModelSource, _ tokens: [Int32]
  ) throws -> (stream: [Double], linears: [String: [Double]]) {
    let decoder = Decoder(model, sequenceLength: tokens.count, on: workers)
    let sequences = SequenceRows(lengths: [tokens.count])
    var hidden = decoder.embed(tokens, try model.input())
    let blocks = try (0..<model.shape.layers).map { try model.block($0) }
    var inputs: [SharedMatrix] = []
    for block in blocks {
      inputs.append(SharedMatrix(hidden.copy()))
      decoder.run(block, &hidden)
    }
    var linears: [String: [Double]] = [:]
    func keep(_ role: Role, _ layer: Int?, _ weights: borrowing Matrix, _ gradient: borrowing Matrix) {
      guard let name = model.spec(role, layer: layer)?.huggingFaceName else { return }
      linears[String(name.dropLast(".weight".count))] = Self.digest(product(gradient, weights, on: workers))
    }
    var gradient: Matrix
    if model.shape.choices.head == .nextToken {
      let output = try model.matrix(model.shape.tiedOutput ? .tokenEmbedding : .output)
      let norm = try model.matrix(.outputNorm)
      let bias = try model.optional(.outputNormBias)
      let outputBias = try model.optional(.outputBias)
      gradient = decoder.backwardHead(
        hidden, norm: norm, bias: bias, output, outputBias: outputBias, slope: { Self.ofLoss($0, tokens) }
      ) {
        _, _, _, gradient, _ in
        linears["lm_head"] = Self.digest(product(gradient, output, on: workers))
        linears["embed_out"] = linears["lm_head"]
      }
    } else {
      gradient = Matrix(rows: hidden.rows, columns: hidden.columns) { 2 * hidden[$0, $1] / Float(hidden.count) }
    }
    for (layer, block) in blocks.enumerated().reversed() {
      gradient = decoder.backward(block, inputs[layer].matrix.copy(), sequences, gradient: gradient) {
        role, expert, _, gradient, _ in
        if expert == nil { keep(role, layer, block[role].matrix, gradient) }
      }
    }
    return (Self.digest(gradient), linears)
  }

  /// Of the mean cross-entropy of the next token: probabilities, less one where the token comes.
  private static func ofLoss(_ logits: borrowing Matrix, _ tokens: [Int32]) -> Matrix {
    var result = Matrix(rows: logits.rows, columns: logits.columns)
    for row in 0..<logits.rows - 1 {
      let values = (0..<logits.columns).map { Double(logits[row, $0]) }
      let powers = values.map { exp($0 - (values.max() ?? 0)) }
      let sum = powers.reduce(0, +)
      for column in 0..<logits.columns {
        let share = powers[column] / sum - (Int(tokens[row + 1]) == column ? 1 : 0)
        result[row, column] = Float(share / Double(logits.rows - 1))
      }
    }
    return result
  }
}
