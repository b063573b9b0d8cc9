import TestSupport
import Tensors
import Testing
import Validation

struct BlockErrorTests {
  private let workers = Workers(count: 2)

  @Test(arguments: [(1, 256), (4, 768), (3, 100), (2, 300)])
  func theWorstBlockIsFound(rows: Int, columns: Int) {
    var random = SeededRandom(seed: 1)
    let original = random.gaussianMatrix(rows: rows, columns: columns)
    var stored = original.copy()
    #expect(BlockError.largest(stored, against: original, on: workers) == 0)
    let last = (columns - 1) / 256 * 256..<columns
    for column in last { stored[rows - 1, column] = 0 }
    let error = BlockError.largest(stored, against: original, on: workers)
    #expect(error > 0.25 && error <= 1)
  }

  @Test func whatIsNoNumberIsTheLargest() {
    var random = SeededRandom(seed: 2)
    let original = random.gaussianMatrix(rows: 3, columns: 512)
    var stored = original.copy()
    stored[1, 7] = .nan
    #expect(BlockError.largest(stored, against: original, on: workers).isNaN)
  }

  @Test func emptyBlocksAreMeasuredByTheOthers() {
    var random = SeededRandom(seed: 3)
    var original = random.gaussianMatrix(rows: 2, columns: 512)
    for column in 0..<256 { original[0, column] = 0 }
    var stored = original.copy()
    stored[0, 3] = 0.01
    let error = BlockError.largest(stored, against: original, on: workers)
    #expect(error > 0 && error < 1e-5)
  }
}
