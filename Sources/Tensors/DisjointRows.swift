/// Writable access to one matrix from several threads at once, each of which owns other rows (or other rectangles).
///
/// It exists only inside `withDisjointRows`, which holds exclusive access to the matrix. What the compiler cannot see
/// is that two tasks never ask for overlapping parts: each task derives its part from its own index.
@frozen
public struct DisjointRows<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  public let rows: Int
  public let columns: Int

  @inlinable
  init(base: UnsafeMutablePointer<Element>, rows: Int, columns: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
  }

  /// The elements of consecutive rows, one row after the other.
  @inlinable
  @_lifetime(borrow self)
  public func elements(rows range: Range<Int>) -> MutableSpan<Element> {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows outside the matrix")
    let span = MutableSpan(_unsafeStart: base + range.lowerBound * columns, count: range.count * columns)
    return _overrideLifetime(span, borrowing: self)
  }

  /// The elements of one row.
  @inlinable
  @_lifetime(borrow self)
  public func row(_ row: Int) -> MutableSpan<Element> {
    elements(rows: row..<row + 1)
  }
}

extension DisjointRows where Element == Float {
  /// A writable rectangle.
  @inlinable
  @_lifetime(borrow self)
  public func view(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> MutableMatrixView {
    precondition(0 <= rowRange.lowerBound && rowRange.upperBound <= rows, "rows outside the matrix")
    precondition(0 <= columnRange.lowerBound && columnRange.upperBound <= columns, "columns outside the matrix")
    let view = MutableMatrixView(
      base: base + rowRange.lowerBound * columns + columnRange.lowerBound,
      rows: rowRange.count, columns: columnRange.count, stride: columns)
    return _overrideLifetime(view, borrowing: self)
  }

  /// Writable rows, all columns.
  @inlinable
  @_lifetime(borrow self)
  public func view(rows rowRange: Range<Int>) -> MutableMatrixView {
    view(rows: rowRange, columns: 0..<columns)
  }
}

extension RowMajor {
  /// Lends the matrix to tasks that each write other rows.
  @inlinable
  public mutating func withDisjointRows<R, E: Error>(
    _ body: (DisjointRows<Element>) throws(E) -> R
  ) throws(E) -> R {
    try body(DisjointRows(base: base, rows: rows, columns: columns))
  }
}
