import Models
import Tensors
import Testing

struct RowOrderTests {
  /// `reshape(heads, 2, d / 2, columns).swapaxes(1, 2).reshape(rows, columns)`, as the conversion to GGUF does it.
  private func permuted(heads: Int, size: Int) -> [Int] {
    var rows: [Int] = []
    for head in 0..<heads {
      for pair in 0..<size / 2 {
        for half in 0..<2 { rows.append((head * 2 + half) * (size / 2) + pair) }
      }
    }
    return rows
  }

  @Test(arguments: [(1, 2), (1, 8), (3, 4), (8, 6)])
  func theOrderIsThatOfTheReferencePermutation(heads: Int, size: Int) {
    let order = RowOrder.rotaryPairs(headSize: size)
    #expect((0..<heads * size).map { order.row($0, of: heads * size) } == permuted(heads: heads, size: size))
    let matrix = Matrix(rows: heads * size, columns: 3) { Float($0 * 3 + $1) }
    let file = order.forFile(matrix)
    for (row, source) in permuted(heads: heads, size: size).enumerated() {
      #expect(file.copy(rows: row..<row + 1).array() == matrix.copy(rows: source..<source + 1).array())
    }
    #expect(order.fromFile(file).array() == matrix.array())
  }

  @Test func knownByHand() {
    // Rows 0 1 2 | 3 4 5 of one head: pairs (0, 3), (1, 4), (2, 5) become neighbours.
    let order = RowOrder.rotaryPairs(headSize: 6)
    #expect((0..<6).map { order.row($0, of: 6) } == [0, 3, 1, 4, 2, 5])
  }

  /// `reshape(heads, 3, size, columns)`, then all first thirds, all second, all third.
  @Test func joinedHeadsAreParted() {
    let order = RowOrder.joinedHeads(headSize: 2)
    // Of two heads: q0 q0 k0 k0 v0 v0 q1 q1 k1 k1 v1 v1.
    #expect((0..<12).map { order.row($0, of: 12) } == [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11])
    let matrix = Matrix(rows: 12, columns: 3) { Float($0 * 3 + $1) }
    #expect(order.fromFile(order.forFile(matrix)).array() == matrix.array())
  }

  /// Of heads of 6 components the first 4 turn.
  @Test func someComponentsTurn() {
    let order = RowOrder.rotaryPairs(headSize: 6, turning: 4)
    #expect((0..<12).map { order.row($0, of: 12) } == [0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11])
  }

  /// Two heads of queries share one of keys: q0 q1 k0 v0 q2 q3 k1 v1.
  @Test func joinedGroupsAreParted() {
    let order = RowOrder.joinedHeads(headSize: 1, queriesPerKey: 2)
    #expect((0..<8).map { order.row($0, of: 8) } == [0, 1, 4, 6, 2, 3, 5, 7])
  }

  @Test func naturalChangesNothing() {
    let packed = RowMajor<UInt8>(rows: 3, columns: 2, [1, 2, 3, 4, 5, 6])
    #expect(RowOrder.natural.forFile(packed).array() == packed.array())
    #expect(RowOrder.natural.fromFile(packed).array() == packed.array())
  }
}
