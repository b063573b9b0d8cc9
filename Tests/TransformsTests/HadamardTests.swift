import TestSupport
import Tensors
import Testing
import Transforms

struct HadamardTests {
  /// Both constructions, alone and times powers of two.
  @Test(arguments: [1, 2, 4, 8, 12, 20, 24, 28, 36, 44, 60, 64, 76, 80, 96, 108, 84, 168])
  func rowsAreOrthogonal(order: Int) throws {
    let (factor, power) = try #require(HadamardMatrix.factors(of: order))
    #expect(factor * power == order && power & (power - 1) == 0)
    let core = HadamardMatrix.elements(factor)
    #expect(core.count == factor * factor && core.allSatisfy { abs($0) == 1 })
    for a in 0..<factor {
      for b in 0..<factor {
        let product = (0..<factor).reduce(0) { $0 + core[a * factor + $1] * core[b * factor + $1] }
        #expect(product == (a == b ? Float(factor) : 0))
      }
    }
  }

  /// Hidden and head sizes of well-known families.
  @Test(arguments: [576, 768, 896, 960, 1024, 1152, 1536, 2048, 2304, 2560, 3072, 3584, 4096, 5120, 5376, 8192, 80, 96])
  func sizesOfRealModelsAreKnown(size: Int) throws {
    #expect(HadamardMatrix.factors(of: size) != nil)
  }

  @Test(arguments: [0, 3, 6, 7, 2 * 23, 4 * 23 + 2])
  func othersAreNot(size: Int) {
    #expect(HadamardMatrix.factors(of: size) == nil)
    #expect(HadamardRotation(size: size, seed: 1) == nil)
  }

  /// Against the matrix written down: what the rotation makes of the identity.
  @Test(arguments: [8, 12, 40, 112])
  func rowsAndColumnsTurnByTheSameOrthogonalMatrix(size: Int) throws {
    let rotation = try #require(HadamardRotation(size: size, seed: 7))
    var dense = Matrix(rows: size, columns: size) { $0 == $1 ? 1 : 0 }
    rotation.rotateColumns(&dense, on: Workers(count: 2))
    for a in 0..<size {
      for b in 0..<size {
        let product = (0..<size).reduce(0.0) { $0 + Double(dense[a, $1]) * Double(dense[b, $1]) }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-5)
        #expect(abs(abs(dense[a, b]) * Float(size).squareRoot() - 1) < 1e-5)
      }
    }
    var random = SeededRandom(seed: 3)
    let x = random.gaussianMatrix(rows: 2 * size, columns: size)
    let turned = rotation.rotateRows(x, on: Workers(count: 2))
    // Rᵀ X in each run of rows.
    let expected = RowMajor<Double>(rows: 2 * size, columns: size) { row, column in
      let start = row / size * size
      return (0..<size).reduce(0.0) { $0 + Double(dense[$1, row - start]) * Double(x[start + $1, column]) }
    }
    #expect(relativeDistance(turned.array(), expected.array()) < 1e-5)
  }

  @Test func seedsGiveOtherRotations() throws {
    func turned(_ seed: UInt64) throws -> [Float] {
      var identity = Matrix(rows: 16, columns: 16) { $0 == $1 ? 1 : 0 }
      try #require(HadamardRotation(size: 16, seed: seed)).rotateColumns(&identity, on: Workers(count: 1))
      return identity.array()
    }
    #expect(try turned(1) == turned(1))
    #expect(try turned(1) != turned(2))
  }
}
