import Tensors
import Testing

struct MatrixMemoryTests {
  /// Large matrices get the memory of those that ended, and zeros must be zeros all the same.
  @Test func memoryThatIsUsedAgainIsZeroedWhereZerosAreAskedFor() {
    for size in [3 << 20, (3 << 20) + 5] {
      do {
        var used = Matrix(rows: 1, columns: size, repeating: 7)
        used[0, size - 1] = 8
      }
      let zeros = Matrix(rows: 1, columns: size)
      #expect(zeros.array().allSatisfy { $0 == 0 })
    }
  }

  /// Two matrices that live at the same time never share memory.
  @Test func matricesThatLiveTogetherAreApart() {
    let size = 3 << 20
    for round in 0..<4 {
      let a = Matrix(rows: 1, columns: size, repeating: Float(round))
      let b = Matrix(rows: 1, columns: size, repeating: Float(-round - 1))
      #expect(a[0, 0] == Float(round) && a[0, size - 1] == Float(round))
      #expect(b[0, 0] == Float(-round - 1) && b[0, size - 1] == Float(-round - 1))
    }
  }

  /// Blocks are cut for smaller matrices and joined for larger ones; whatever lives keeps what was written to it.
  @Test func matricesOfAllSizesKeepTheirValues() {
    var random = SplitMix64(seed: 5)
    var alive: [(matrix: SharedMatrix, value: Float)] = []
    var isWhole = true
    for round in 0..<200 {
      let size = Int(random.next() % (7 << 20)) + 1
      alive.append((SharedMatrix(Matrix(rows: 1, columns: size, repeating: Float(round))), Float(round)))
      guard alive.count > 6 else { continue }
      let ended = alive.remove(at: Int(random.next() % UInt64(alive.count)))
      let last = ended.matrix.matrix.columns - 1
      let places = Array(stride(from: 0, to: last, by: 1021)) + [last]
      if !places.allSatisfy({ ended.matrix.matrix[0, $0] == ended.value }) { isWhole = false }
    }
    #expect(isWhole)
  }
}
