import LinearAlgebra
import TestSupport
import Tensors
import Testing

struct GramMatrixTests {
  /// Tokens of each batch; an empty one adds nothing.
  private static let batches = [5, 0, 70, 1]

  private func sum(_ size: Int, workers: Int) -> Matrix {
    var random = SeededRandom(seed: UInt64(size))
    var gram = GramMatrix(size: size)
    for tokens in Self.batches {
      gram.add(random.gaussianMatrix(rows: tokens, columns: size), on: Workers(count: workers))
    }
    #expect(gram.count == Self.batches.reduce(0, +))
    return gram.finished(on: Workers(count: 2))
  }

  /// Σ x xᵀ of the same vectors, one product at a time.
  private func reference(_ size: Int) -> RowMajor<Double> {
    var random = SeededRandom(seed: UInt64(size))
    var result = RowMajor<Double>(rows: size, columns: size)
    for tokens in Self.batches {
      let x = random.gaussianMatrix(rows: tokens, columns: size)
      for token in 0..<tokens {
        let vector = x.row(token)
        for row in 0..<size {
          for column in 0..<size { result[row, column] += Double(vector[row]) * Double(vector[column]) }
        }
      }
    }
    return result
  }

  /// Around the sides of tiles: 128 up to 1024 columns, more from there.
  @Test(arguments: [1, 63, 128, 129, 300, 1030])
  func theSumIsThatOfOuterProducts(size: Int) {
    let found = sum(size, workers: 2)
    let expected = reference(size)
    var worst = 0.0
    var isSymmetric = true
    for row in 0..<size {
      for column in 0..<size {
        let norm = (expected[row, row] * expected[column, column]).squareRoot()
        let error = abs(Double(found[row, column]) - expected[row, column]) / norm
        worst = error.isNaN ? .infinity : max(worst, error)
        if found[row, column] != found[column, row] { isSymmetric = false }
      }
    }
    #expect(worst < 1e-6)
    #expect(isSymmetric)
  }

  @Test(arguments: [1, 129, 300, 1030])
  func bitsDoNotDependOnWorkers(size: Int) {
    let one = sum(size, workers: 1).array()
    #expect(sum(size, workers: 2).array() == one)
    #expect(sum(size, workers: 3).array() == one)
  }

  @Test func nothingAddedIsZero() {
    let gram = GramMatrix(size: 3)
    #expect(gram.count == 0)
    #expect(gram.finished(on: Workers(count: 2)).array() == [Float](repeating: 0, count: 9))
    #expect(GramMatrix(size: 0).finished(on: Workers(count: 2)).count == 0)
  }

  @Test(arguments: [1, 7, 129, 300])
  func crossSumsAreThoseOfASlowLoop(size: Int) {
    var random = SeededRandom(seed: UInt64(size))
    var sum = CrossGramMatrix(size: size)
    var expected = RowMajor<Double>(rows: size, columns: size)
    for tokens in [3, 5] {
      let x = random.gaussianMatrix(rows: tokens, columns: size)
      let y = random.gaussianMatrix(rows: tokens, columns: size)
      sum.add(x, y, on: Workers(count: 2))
      for token in 0..<tokens {
        for row in 0..<size {
          for column in 0..<size { expected[row, column] += Double(x[token, row]) * Double(y[token, column]) }
        }
      }
    }
    #expect(sum.count == 8)
    let found = sum.finished(on: Workers(count: 2))
    #expect(relativeDistance(found.array(), expected.array()) < 1e-6)
  }
}
