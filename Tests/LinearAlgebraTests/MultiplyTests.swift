import LinearAlgebra
import TestSupport
import Tensors
import Testing

struct MultiplyTests {
  /// A factor of a product as a rectangle inside a larger matrix, so that its stride differs from its columns.
  private struct Factor: ~Copyable {
    let matrix: Matrix
    let rows: Range<Int>
    let columns: Range<Int>

    init(rows: Int, columns: Int, _ random: inout SeededRandom) {
      matrix = random.gaussianMatrix(rows: rows + 3, columns: columns + 5)
      self.rows = 1..<1 + rows
      self.columns = 2..<2 + columns
    }

    func element(_ row: Int, _ column: Int, _ orientation: Orientation) -> Double {
      let (row, column) = orientation == .plain ? (row, column) : (column, row)
      return Double(matrix[rows.lowerBound + row, columns.lowerBound + column])
    }
  }

  @Test(
    arguments: [(1, 1, 1), (3, 5, 7), (17, 33, 129), (64, 1, 64)],
    [(Float(1), Float(0)), (-0.5, 1), (2, -3)])
  func everyOrientationAgreesWithThreeLoops(shape: (Int, Int, Int), factors: (alpha: Float, beta: Float)) {
    let (rows, columns, inner) = shape
    for left in [Orientation.plain, .transposed] {
      for right in [Orientation.plain, .transposed] {
        var random = SeededRandom(seed: UInt64(rows * 1000 + columns * 10 + inner))
        let a = Factor(
          rows: left == .plain ? rows : inner, columns: left == .plain ? inner : rows, &random)
        let b = Factor(
          rows: right == .plain ? inner : columns, columns: right == .plain ? columns : inner, &random)
        var c = random.gaussianMatrix(rows: rows + 2, columns: columns + 4)
        let before = c.copy()
        var target = c.mutableView(rows: 1..<1 + rows, columns: 3..<3 + columns)
        multiply(
          a.matrix.view(rows: a.rows, columns: a.columns), left, b.matrix.view(rows: b.rows, columns: b.columns), right,
          into: &target, alpha: factors.alpha, beta: factors.beta)
        for row in 0..<c.rows {
          for column in 0..<c.columns {
            let (i, j) = (row - 1, column - 3)
            guard 0 <= i && i < rows && 0 <= j && j < columns else {
              // Nothing outside the rectangle is touched.
              #expect(c[row, column] == before[row, column])
              continue
            }
            let terms =
              (0..<inner).map { Double(factors.alpha) * a.element(i, $0, left) * b.element($0, j, right) }
              + [Double(factors.beta) * Double(before[row, column])]
            let bound = roundingBound(terms: terms.count, magnitude: terms.reduce(0) { $0 + abs($1) })
            #expect(abs(Double(c[row, column]) - terms.reduce(0, +)) <= bound)
          }
        }
      }
    }
  }

  @Test func emptyProductsAreZeroOrNothing() {
    let tall = Matrix(rows: 3, columns: 0)
    var c = Matrix(rows: 3, columns: 2, repeating: 5)
    var target = c.mutableView()
    multiply(tall.view(), .plain, Matrix(rows: 0, columns: 2).view(), .plain, into: &target)
    #expect(c.array() == [0, 0, 0, 0, 0, 0])
    var none = Matrix(rows: 0, columns: 2)
    var nothing = none.mutableView()
    multiply(Matrix(rows: 0, columns: 4).view(), .plain, Matrix(rows: 4, columns: 2).view(), .plain, into: &nothing)
    #expect(none.count == 0)
  }

  /// More rows than one tile, and not a multiple of it.
  @Test(arguments: [1, 256, 300, 515])
  func linearLayersAgreeWithThreeLoopsForAnyWorkers(tokens: Int) {
    var random = SeededRandom(seed: 5)
    let x = random.gaussianMatrix(rows: tokens, columns: 37)
    let weights = random.gaussianMatrix(rows: 19, columns: 37)
    let one = linear(x, weights, on: Workers(count: 1))
    #expect(one.rows == tokens && one.columns == 19)
    for token in 0..<tokens {
      for output in 0..<19 {
        let terms = (0..<37).map { Double(x[token, $0]) * Double(weights[output, $0]) }
        let bound = roundingBound(terms: terms.count, magnitude: terms.reduce(0) { $0 + abs($1) })
        #expect(abs(Double(one[token, output]) - terms.reduce(0, +)) <= bound)
      }
    }
    for count in 2...4 { #expect(linear(x, weights, on: Workers(count: count)).array() == one.array()) }
  }

  /// More rows and columns than one tile, in both orientations.
  @Test(arguments: [(1030, 1100), (2200, 40), (70, 2049)])
  func tilesOfLargeProductsMeet(shape: (rows: Int, columns: Int)) {
    let x = Matrix(rows: shape.rows, columns: 3) { Float(($0 * 7 + $1) % 11) }
    let weights = Matrix(rows: shape.columns, columns: 3) { Float(($0 * 5 + $1 * 3) % 13) }
    let turned = Matrix(rows: 3, columns: shape.columns) { weights[$1, $0] }
    let plain = product(x, turned, on: Workers(count: 3))
    let transposed = linear(x, weights, on: Workers(count: 2))
    var wrong = 0
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        // Small integers, so that every sum is exact.
        let expected = (0..<3).reduce(Float(0)) { $0 + x[row, $1] * weights[column, $1] }
        if plain[row, column] != expected || transposed[row, column] != expected { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }
}
