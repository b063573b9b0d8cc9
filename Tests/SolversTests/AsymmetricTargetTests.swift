import LinearAlgebra
import Solvers
import TestSupport
import Tensors
import Testing

struct AsymmetricTargetTests {
  /// Inputs of a quantized network, and those of the original one for the same tokens.
  private final class Inputs {
    let actual: Matrix
    let original: Matrix
    let statistics: ActivationStatistics

    init(tokens: Int, columns: Int, drift: Float, seed: UInt64) {
      var random = SeededRandom(seed: seed)
      let original = random.gaussianMatrix(rows: tokens, columns: columns)
      var actual = original.copy()
      for token in 0..<tokens {
        for column in 0..<columns { actual[token, column] += drift * (random.gaussian() + original[token, 0]) }
      }
      var gram = GramMatrix(size: columns)
      gram.add(actual, on: Workers(count: 1))
      var cross = CrossGramMatrix(size: columns)
      let difference = Matrix(rows: tokens, columns: columns) { original[$0, $1] - actual[$0, $1] }
      cross.add(difference, actual, on: Workers(count: 1))
      statistics = ActivationStatistics(gram, drift: cross, on: Workers(count: 2))
      self.actual = actual
      self.original = original
    }

    /// ‖Q X − W X₀‖², token by token.
    func distance(_ Q: borrowing Matrix, _ W: borrowing Matrix) -> Double {
      Self.distance(Q, actual, W, original)
    }

    private static func distance(
      _ Q: borrowing Matrix, _ X: borrowing Matrix, _ W: borrowing Matrix, _ X0: borrowing Matrix
    ) -> Double {
      var sum = 0.0
      for token in 0..<X.rows {
        for row in 0..<Q.rows {
          var difference = 0.0
          for column in 0..<Q.columns {
            let original = Double(W[row, column]) * Double(X0[token, column])
            difference += Double(Q[row, column]) * Double(X[token, column]) - original
          }
          sum += difference * difference
        }
      }
      return sum
    }
  }

  @Test func outputsComeNearerToThoseOfTheOriginalNetwork() throws {
    let inputs = Inputs(tokens: 400, columns: 24, drift: 0.15, seed: 3)
    var random = SeededRandom(seed: 4)
    let weights = random.gaussianMatrix(rows: 9, columns: 24)
    func solved(_ asymmetry: Float) throws -> Double {
      let solution = try GPTQ(asymmetry: asymmetry).solve(
        weights, TestScheme.fourBit, inputs.statistics, on: Workers(count: 2))
      return inputs.distance(solution.grid.values(solution.codes), weights)
    }
    let plain = try solved(0)
    let half = try solved(0.5)
    let full = try solved(1)
    #expect(full < half && half < plain)
  }

  /// With levels so fine that nothing is lost, the solution is the least-squares one: no direction lowers the distance.
  @Test func withFineLevelsTheTargetIsTheLeastSquaresSolution() throws {
    let inputs = Inputs(tokens: 300, columns: 16, drift: 0.2, seed: 8)
    var random = SeededRandom(seed: 9)
    let weights = random.gaussianMatrix(rows: 3, columns: 16)
    let fine = TestScheme(levels: .uniform(lowest: 0, count: 256), columnsPerGroup: 8)
    let solution = try GPTQ(damping: 0, asymmetry: 1).solve(weights, fine, inputs.statistics, on: Workers(count: 1))
    let values = solution.grid.values(solution.codes)
    let least = inputs.distance(values, weights)
    for row in 0..<3 {
      for column in 0..<16 {
        for step in [Float(-0.1), 0.1] {
          var other = values.copy()
          other[row, column] += step
          #expect(inputs.distance(other, weights) > least)
        }
      }
    }
  }

  @Test func withoutDriftNothingMoves() throws {
    let problem = Problem(rows: 10, columns: 40)
    let plain = try problem.solve(GPTQ(asymmetry: 0), TestScheme.fourBit)
    let asymmetric = try problem.solve(GPTQ(asymmetry: 1), TestScheme.fourBit)
    #expect(plain.codes.array() == asymmetric.codes.array())
  }
}
