import Tensors
import Testing

struct MatrixViewTests {
  @Test func aViewIsARectangleOfTheMatrix() {
    let matrix = Matrix(rows: 4, columns: 5) { Float($0 * 10 + $1) }
    let view = matrix.view(rows: 1..<3, columns: 2..<5)
    #expect(view.rows == 2 && view.columns == 3 && view.stride == 5)
    var seen: [Float] = []
    for row in 0..<view.rows {
      for column in 0..<view.columns { seen.append(view.base[row * view.stride + column]) }
    }
    #expect(seen == [12, 13, 14, 22, 23, 24])
    #expect(matrix.view(rows: 3..<4).columns == 5)
    #expect(matrix.view(rows: 3..<4).base[0] == 30)
  }

  @Test func writingThroughAViewChangesTheRectangleAlone() {
    var matrix = Matrix(rows: 3, columns: 3)
    fill(matrix.mutableView(rows: 1..<3, columns: 0..<2), with: 7)
    #expect(matrix.array() == [0, 0, 0, 7, 7, 0, 7, 7, 0])
  }

  @Test func disjointRowsWriteThroughToTheMatrix() {
    var matrix = Matrix(rows: 5, columns: 4)
    matrix.withDisjointRows { rows in
      #expect(rows.rows == 5 && rows.columns == 4)
      var row = rows.row(1)
      row[3] = 1
      var several = rows.elements(rows: 2..<4)
      #expect(several.count == 8)
      several[7] = 2
      fill(rows.view(rows: 4..<5), with: 3)
      fill(rows.view(rows: 0..<2, columns: 0..<1), with: 4)
    }
    #expect(matrix.array() == [4, 0, 0, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 3, 3, 3, 3])
  }

  private func fill(_ view: consuming MutableMatrixView, with value: Float) {
    for row in 0..<view.rows {
      for column in 0..<view.columns { view.base[row * view.stride + column] = value }
    }
  }
}
