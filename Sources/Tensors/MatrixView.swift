/// A rectangle of a matrix, `[rows, columns]`, whose rows lie `stride` elements apart. It borrows the matrix.
@frozen
public struct MatrixView: ~Escapable {
  public let base: UnsafePointer<Float>
  public let rows: Int
  public let columns: Int
  public let stride: Int

  @inlinable
  @_lifetime(immortal)
  init(base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }
}

/// A writable rectangle of a matrix, `[rows, columns]`, whose rows lie `stride` elements apart.
@frozen
public struct MutableMatrixView: ~Copyable, ~Escapable {
  public let base: UnsafeMutablePointer<Float>
  public let rows: Int
  public let columns: Int
  public let stride: Int

  @inlinable
  @_lifetime(immortal)
  init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }
}

extension RowMajor where Element == Float {
  /// The rectangle of the given rows and columns.
  @inlinable
  @_lifetime(borrow self)
  public borrowing func view(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> MatrixView {
    precondition(0 <= rowRange.lowerBound && rowRange.upperBound <= rows, "rows outside the matrix")
    precondition(0 <= columnRange.lowerBound && columnRange.upperBound <= columns, "columns outside the matrix")
    let view = MatrixView(
      base: UnsafePointer(base) + rowRange.lowerBound * columns + columnRange.lowerBound,
      rows: rowRange.count, columns: columnRange.count, stride: columns)
    return _overrideLifetime(view, borrowing: self)
  }

  /// The rectangle of the given rows, all columns.
  @inlinable
  @_lifetime(borrow self)
  public borrowing func view(rows rowRange: Range<Int>) -> MatrixView {
    view(rows: rowRange, columns: 0..<columns)
  }

  /// The whole matrix.
  @inlinable
  @_lifetime(borrow self)
  public borrowing func view() -> MatrixView {
    view(rows: 0..<rows, columns: 0..<columns)
  }

  /// The writable rectangle of the given rows and columns.
  @inlinable
  @_lifetime(&self)
  public mutating func mutableView(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> MutableMatrixView {
    precondition(0 <= rowRange.lowerBound && rowRange.upperBound <= rows, "rows outside the matrix")
    precondition(0 <= columnRange.lowerBound && columnRange.upperBound <= columns, "columns outside the matrix")
    let view = MutableMatrixView(
      base: base + rowRange.lowerBound * columns + columnRange.lowerBound,
      rows: rowRange.count, columns: columnRange.count, stride: columns)
    return _overrideLifetime(view, mutating: &self)
  }

  /// The whole matrix, writable.
  @inlinable
  @_lifetime(&self)
  public mutating func mutableView() -> MutableMatrixView {
    mutableView(rows: 0..<rows, columns: 0..<columns)
  }
}
