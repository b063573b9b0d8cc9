import Tensors

extension RowMajor<Float> {
  /// Some columns side by side.
  borrowing func copy(columns range: Range<Int>) -> Matrix {
    var result = Matrix(uninitializedRows: rows, columns: range.count)
    for row in 0..<rows {
      let source = self.row(row)
      var target = result.mutableRow(row)
      precondition(range.upperBound <= source.count)
      for column in 0..<range.count { target[unchecked: column] = source[unchecked: range.lowerBound &+ column] }
    }
    return result
  }

  /// Some columns, in any order.
  borrowing func copy(columns places: [Int]) -> Matrix {
    var result = Matrix(uninitializedRows: rows, columns: places.count)
    for row in 0..<rows {
      let source = self.row(row)
      var target = result.mutableRow(row)
      for (column, place) in places.enumerated() { target[column] = source[place] }
    }
    return result
  }

  /// Puts a matrix of as many rows into columns from `first` on.
  mutating func replaceColumns(from first: Int, with source: borrowing Matrix) {
    for row in 0..<rows {
      let values = source.row(row)
      var target = mutableRow(row)
      precondition(first + values.count <= target.count)
      for column in 0..<values.count { target[unchecked: first &+ column] = values[unchecked: column] }
    }
  }

  /// Puts a matrix of as many rows into some columns.
  mutating func replaceColumns(_ places: [Int], with source: borrowing Matrix) {
    for row in 0..<rows {
      let values = source.row(row)
      var target = mutableRow(row)
      for (column, place) in places.enumerated() { target[place] = values[column] }
    }
  }
}
