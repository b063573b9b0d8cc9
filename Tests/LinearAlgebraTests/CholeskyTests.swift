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
    return gram.finished(on: Workers(count: 1))
  }

  private func damped(_ h: borrowing Matrix, by damping: Float) -> Matrix {
    Matrix(rows: h.rows, columns: h.columns) { h[$0, $1] + ($0 == $1 ? damping : 0) }
  }

  private func lower(_ h: borrowing Matrix) -> Matrix {
    Matrix(rows: h.rows, columns: h.columns) { $1 <= $0 ? h[$0, $1] : 0 }
  }

  @Test(arguments: [1, 2, 3, 17, 64, 130, 256, 257, 600, 1030], [Float(0), 0.5])
  func theFactorsSquareIsTheMatrix(size: Int, damping: Float) throws {
    let h = damped(positiveDefinite(size), by: damping)
    let m = try reverseCholesky(lower(h), on: Workers(count: 2))
    var worst = 0.0
    for row in 0..<size {
      #expect(m[row, row] > 0)
      // Row by row of Mᵀ M, as far as it is not above the diagonal.
      var sums = [Double](repeating: 0, count: row + 1)
      for inner in row..<size {
        for column in 0...row { sums[column] += Double(m[inner, row]) * Double(m[inner, column]) }
      }
      for column in 0...row {
        let unit = (Double(h[row, row]) * Double(h[column, column])).squareRoot()
        let error = abs(sums[column] - Double(h[row, column])) / unit
        worst = error.isNaN ? .infinity : max(worst, error)
      }
    }
    #expect(worst < 3e-7)
    for row in 0..<size {
      for column in row + 1..<max(row + 1, size) where m[row, column] != 0 { Issue.record("not lower") }
    }
  }

  @Test func aSmallFactorIsTheOneWorkedOutByHand() throws {
    // [[2, 1], [1, 1]] = Mᵀ M with M = [[1, 0], [1, 1]].
    let m = try reverseCholesky(Matrix(rows: 2, columns: 2, [2, 0, 1, 1]), on: Workers(count: 2))
    #expect(m.array() == [1, 0, 1, 1])
  }

  @Test func emptyMatricesHaveEmptyFactors() throws {
    #expect(try reverseCholesky(Matrix(rows: 0, columns: 0), on: Workers(count: 2)).count == 0)
  }

  @Test(
    arguments: [
      ([0], 1), ([-1], 1), ([1, 1, 1, 1], 2), ([1, 0, 0, -2], 1), ([1, 2, 2, 1], 2), ([0, 0, 0, 0], 1),
      ([.nan], 0), ([1, .nan, .nan, 1], 0), ([.nan, 0, 0, 1], 0),
    ] as [([Float], Int)])
  func othersAreRefused(elements: [Float], minor: Int) {
    let size = elements.count == 1 ? 1 : 2
    let error = #expect(throws: NotPositiveDefinite.self) {
      _ = try reverseCholesky(lower(Matrix(rows: size, columns: size, elements)), on: Workers(count: 2))
    }
    #expect(error?.minor == minor)
  }

  @Test func bitsDoNotDependOnWorkers() throws {
    let h = positiveDefinite(1100)
    let one = try reverseCholesky(lower(h), on: Workers(count: 1)).array()
    #expect(try reverseCholesky(lower(h), on: Workers(count: 3)).array() == one)
  }

  /// A matrix whose first defect lies in a later panel names the minor of the whole.
  @Test func theMinorIsCountedOverAllPanels() {
    let size = 700
    let h = Matrix(rows: size, columns: size) { $0 == $1 ? ($0 == 10 ? -1 : 1) : 0 }
    let error = #expect(throws: NotPositiveDefinite.self) { _ = try reverseCholesky(lower(h), on: Workers(count: 2)) }
    #expect(error?.minor == size - 10)
  }

  @Test(arguments: [1, 5, 130, 600], [1, 300])
  func systemsAreSolvedRowByRow(size: Int, rows: Int) throws {
    let h = damped(positiveDefinite(size), by: 1)
    var random = SeededRandom(seed: 4)
    let expected = random.gaussianMatrix(rows: rows, columns: size)
    var x = product(expected, h, on: Workers(count: 1))
    solve(&x, factor: try reverseCholesky(lower(h), on: Workers(count: 2)), on: Workers(count: 2))
    #expect(relativeDistance(x.array(), expected.array()) < 5e-4)
  }
}
