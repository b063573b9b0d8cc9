import Tensors

/// A weight that rounds to infinity in half precision.
package struct Overflow: CustomStringConvertible {
  package let value: Float
  package let row: Int
  package let column: Int

  /// From here on numbers round to infinity.
  private static let limit: Float = 65520

  /// The first of a matrix; nil where there is none.
  package init?(in matrix: borrowing Matrix, firstRow: Int = 0) {
    guard let (row, column) = matrix.first(beyond: Self.limit) else { return nil }
    (value, self.row, self.column) = (matrix[row, column], firstRow + row, column)
  }

  package var description: String { "the weight \(value) at [\(row), \(column)]" }
}
