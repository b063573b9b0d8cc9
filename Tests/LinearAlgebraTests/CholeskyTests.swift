import LinearAlgebra
import TestSupport
import Tensors
import Testing

struct CholeskyTests {
  /// A positive definite matrix: the Gram matrix of more vectors than columns.
  private func positiveDefinite(_ size: Int) -> Matrix {
    var random = SeededRandom(seed: UInt64(size))
    var gram = GramMatrix(size: size)
    gram.add(random.gaussianMatrix(rows: 2 * size + 3, columns: size), on: Workers(count: 1))
    return gram.finished()
  }

  @Test(arguments: [1, 2, 3, 17, 64, 130, 256, 257, 600], [Float(0), 0.5])
  func theFactorsProductInvertsTheDampedMatrix(size: Int, damping: Float) throws {
    let h = positiveDefinite(size)
    let u = try inverseCholeskyUpper(h, damping: damping, on: Workers(count: 2))
    for row in 0..<size {
      #expect(u[row, row] > 0)
      for column in 0..<row { #expect(u[row, column] == 0) }
    }
    // Uᵀ U (H + λ I) is the identity.
    var worst = 0.0
    for row in 0..<size {
      var inverse = [Double](repeating: 0, count: size)
      for inner in 0...row {
        for column in inner..<size { inverse[column] += Double(u[inner, row]) * Double(u[inner, column]) }
      }
      for column in 0..<size {
        var element = inverse[column] * Double(damping)
        for inner in 0..<size { element += inverse[inner] * Double(h[inner, column]) }
        worst = max(worst, abs(element - (row == column ? 1 : 0)))
      }
    }
    #expect(worst < 1e-4)
  }

  @Test func aSmallFactorIsTheOneWorkedOutByHand() throws {
    // H⁻¹ = [[1, −1], [−1, 2]] = Uᵀ U with U = [[1, −1], [0, 1]].
    let u = try inverseCholeskyUpper(Matrix(rows: 2, columns: 2, [2, 1, 1, 1]), damping: 0, on: Workers(count: 2))
    #expect(u.array() == [1, -1, 0, 1])
  }

  @Test func emptyMatricesHaveEmptyFactors() throws {
    #expect(try inverseCholeskyUpper(Matrix(rows: 0, columns: 0), damping: 0, on: Workers(count: 2)).count == 0)
  }

  @Test(
    arguments: [
      ([0], 1), ([-1], 1), ([1, 1, 1, 1], 2), ([1, 0, 0, -2], 1), ([1, 2, 2, 1], 2), ([0, 0, 0, 0], 1),
      ([.nan], 0), ([1, .nan, .nan, 1], 0), ([.nan, 0, 0, 1], 0),
    ] as [([Float], Int)])
  func othersAreRefused(elements: [Float], minor: Int) {
    let size = elements.count == 1 ? 1 : 2
    let error = #expect(throws: NotPositiveDefinite.self) {
      _ = try inverseCholeskyUpper(Matrix(rows: size, columns: size, elements), damping: 0, on: Workers(count: 2))
    }
    #expect(error?.minor == minor)
  }

  @Test func bitsDoNotDependOnWorkers() throws {
    let h = positiveDefinite(600)
    let one = try inverseCholeskyUpper(h, damping: 0.1, on: Workers(count: 1)).array()
    #expect(try inverseCholeskyUpper(h, damping: 0.1, on: Workers(count: 3)).array() == one)
  }

  /// A matrix whose first defect lies in a later block names the minor of the whole.
  @Test func theMinorIsCountedOverAllBlocks() {
    let size = 300
    let h = Matrix(rows: size, columns: size) { $0 == $1 ? ($0 == 10 ? -1 : 1) : 0 }
    let error = #expect(throws: NotPositiveDefinite.self) {
      _ = try inverseCholeskyUpper(h, damping: 0, on: Workers(count: 2))
    }
    #expect(error?.minor == size - 10)
  }

  @Test func dampingMakesASingularMatrixDefinite() throws {
    let u = try inverseCholeskyUpper(Matrix(rows: 2, columns: 2, [1, 1, 1, 1]), damping: 1, on: Workers(count: 2))
    // (H + I)⁻¹ = [[2, −1], [−1, 2]] / 3.
    #expect(abs(u[0, 0] * u[0, 0] - 2.0 / 3) < 1e-6)
    #expect(abs(u[0, 0] * u[0, 1] + 1.0 / 3) < 1e-6)
    #expect(abs(u[0, 1] * u[0, 1] + u[1, 1] * u[1, 1] - 2.0 / 3) < 1e-6)
  }
}
