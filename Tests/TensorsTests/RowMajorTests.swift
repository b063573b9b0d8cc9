import Tensors
import Testing

struct RowMajorTests {
  /// A matrix whose elements tell where they belong.
  private static func numbered(rows: Int, columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns) { Float($0 * 100 + $1) }
  }

  @Test func elementsStandRowAfterRow() {
    let matrix = Self.numbered(rows: 2, columns: 3)
    #expect(matrix.array() == [0, 1, 2, 100, 101, 102])
    #expect(matrix.count == 6)
    #expect(matrix[1, 2] == 102)
    #expect(Matrix(rows: 2, columns: 3, [0, 1, 2, 100, 101, 102]).array() == matrix.array())
    #expect(Matrix(rows: 2, columns: 2, repeating: 7).array() == [7, 7, 7, 7])
    #expect(Matrix(rows: 2, columns: 2).array() == [0, 0, 0, 0])
  }

  @Test func rowsAndElementsAreTheSameMemory() {
    var matrix = Self.numbered(rows: 3, columns: 4)
    matrix[1, 1] = -1
    #expect(matrix.row(1)[1] == -1)
    #expect(matrix.elements[5] == -1)
    setFirst(of: matrix.mutableRow(2), to: -2)
    setFirst(of: matrix.mutableElements, to: -3)
    #expect(matrix.array() == [-3, 1, 2, 3, 100, -1, 102, 103, -2, 201, 202, 203])
  }

  private func setFirst(of span: consuming MutableSpan<Float>, to value: Float) {
    span[0] = value
  }

  @Test func copiesShareNothing() {
    var matrix = Self.numbered(rows: 3, columns: 2)
    let whole = matrix.copy()
    let part = matrix.copy(rows: 1..<3)
    matrix[1, 0] = -1
    #expect(whole.array() == [0, 1, 100, 101, 200, 201])
    #expect(part.array() == [100, 101, 200, 201])
    #expect(part.rows == 2 && part.columns == 2)
    #expect(matrix.copy(rows: 2..<2).rows == 0)
  }

  @Test func rowsAreReplacedInPlace() {
    var matrix = Self.numbered(rows: 4, columns: 2)
    matrix.replaceRows(from: 1, with: Matrix(rows: 2, columns: 2, repeating: 5))
    #expect(matrix.array() == [0, 1, 5, 5, 5, 5, 300, 301])
    matrix.replaceRows(from: 4, with: Matrix(rows: 0, columns: 2))
    #expect(matrix[3, 1] == 301)
  }

  @Test(arguments: [(0, 0), (0, 5), (5, 0)])
  func emptyMatricesHaveNoElements(rows: Int, columns: Int) {
    var matrix = Matrix(rows: rows, columns: columns)
    #expect(matrix.count == 0)
    #expect(matrix.array().isEmpty)
    #expect(matrix.copy().rows == rows)
    #expect(matrix.firstNonFinite() == nil)
    #expect(matrix.view().columns == columns)
    #expect(matrix.mutableView().rows == rows)
  }

  @Test func bytesAreThoseOfTheElements() {
    let packed = RowMajor<UInt8>(rows: 2, columns: 2, [1, 2, 3, 255])
    #expect(packed.bytes.byteCount == 4)
    #expect(packed.bytes.littleEndian(UInt32.self, at: 0) == 0xFF03_0201)
  }

  /// Rows shorter than, equal to and longer than a vector, so that every place of the loop and of its rest is met.
  @Test(arguments: [1, 15, 16, 17, 40])
  func everyNonFiniteElementIsFoundWhereItIs(columns: Int) {
    let rows = 3
    for value in [Float.nan, -.nan, .signalingNaN, .infinity, -.infinity] {
      for place in 0..<rows * columns {
        var matrix = Matrix(rows: rows, columns: columns) { Float($0) - Float($1) * 1e30 }
        matrix[place / columns, place % columns] = value
        let found = matrix.firstNonFinite()
        #expect(found?.row == place / columns && found?.column == place % columns)
      }
    }
  }

  @Test func theFirstOfSeveralNonFiniteElementsIsNamed() {
    var matrix = Matrix(rows: 3, columns: 33)
    matrix[2, 0] = .nan
    matrix[1, 32] = .infinity
    matrix[1, 3] = -.infinity
    let found = matrix.firstNonFinite()
    #expect(found?.row == 1 && found?.column == 3)
  }

  @Test func theLargestFiniteNumbersAreFinite() {
    let largest = Float.greatestFiniteMagnitude
    let matrix = Matrix(rows: 2, columns: 37) { ($0 + $1) % 2 == 0 ? largest : -largest }
    #expect(matrix.firstNonFinite() == nil)
  }

  @Test func rowsBecomeColumns() {
    let matrix = RowMajor<Int32>(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
    #expect(matrix.transposed().array() == [1, 4, 2, 5, 3, 6])
    #expect(matrix.transposed().transposed().array() == matrix.array())
    #expect(RowMajor<Int32>(rows: 0, columns: 3).transposed().rows == 3)
  }
}
