/// An owned two-dimensional array, `[rows, columns]`, stored row after row in one allocation.
///
/// It cannot be copied by accident: memory of this size is passed `borrowing`, `inout` or `consuming`. Where several
/// owners must see the same values, wrap it in `Shared`.
///
/// Public, as are the views: the compiler inlines nothing of a `package` type into other targets, whatever it is marked.
@frozen
public struct RowMajor<Element: BitwiseCopyable & Sendable>: ~Copyable {
  public let rows: Int
  public let columns: Int
  /// The first element. For this target and for BLAS calls; everything above uses spans and views.
  public let base: UnsafeMutablePointer<Element>

  /// Allocates `rows * columns` elements, all equal to `value`.
  @inlinable
  public init(rows: Int, columns: Int, repeating value: Element) {
    self.init(uninitializedRows: rows, columns: columns)
    base.initialize(repeating: value, count: rows * columns)
  }

  /// Builds each element from its row and column.
  @inlinable
  public init(rows: Int, columns: Int, _ element: (_ row: Int, _ column: Int) throws -> Element) rethrows {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative side")
    let elements = try Array(unsafeUninitializedCapacity: rows * columns) { buffer, count in
      for row in 0..<rows {
        for column in 0..<columns {
          buffer.initializeElement(at: count, to: try element(row, column))
          count += 1
        }
      }
    }
    self.init(rows: rows, columns: columns, elements)
  }

  /// Copies `elements`, row after row.
  @inlinable
  public init(rows: Int, columns: Int, _ elements: [Element]) {
    precondition(elements.count == rows * columns, "\(rows) x \(columns) needs \(rows * columns) elements")
    self.init(uninitializedRows: rows, columns: columns)
    elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.initialize(from: start, count: source.count) }
    }
  }

  /// Allocates without setting a value: the caller writes every element before it reads any.
  public init(uninitializedRows rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, zeroed: false)
  }

  /// Copies elements as they lie in memory, row after row.
  ///
  /// - Precondition: `bytes` are those of `rows * columns` elements.
  public init(rows: Int, columns: Int, copying bytes: RawSpan) {
    precondition(bytes.byteCount == rows * columns * MemoryLayout<Element>.stride, "bytes of another matrix")
    self.init(uninitializedRows: rows, columns: columns)
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      UnsafeMutableRawPointer(base).copyMemory(from: start, byteCount: source.count)
    }
  }

  @usableFromInline
  init(rows: Int, columns: Int, zeroed: Bool) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative side")
    self.rows = rows
    self.columns = columns
    let memory = MatrixMemory.allocate(byteCount: rows * columns * MemoryLayout<Element>.stride, zeroed: zeroed)
    base = memory.bindMemory(to: Element.self, capacity: rows * columns)
  }

  @inlinable
  deinit {
    MatrixMemory.deallocate(UnsafeMutableRawPointer(base), byteCount: rows * columns * MemoryLayout<Element>.stride)
  }

  /// The number of elements.
  @inlinable public var count: Int { rows * columns }

  /// One element. O(1), checked.
  @inlinable
  public subscript(row: Int, column: Int) -> Element {
    get {
      precondition(0 <= row && row < rows && 0 <= column && column < columns, "element outside the matrix")
      return base[row * columns + column]
    }
    set {
      precondition(0 <= row && row < rows && 0 <= column && column < columns, "element outside the matrix")
      base[row * columns + column] = newValue
    }
  }

  /// All elements, row after row.
  @inlinable public var elements: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      let span = Span(_unsafeStart: UnsafePointer(base), count: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// All elements, row after row, writable.
  @inlinable public var mutableElements: MutableSpan<Element> {
    @_lifetime(&self)
    mutating get {
      let span = MutableSpan(_unsafeStart: base, count: count)
      return _overrideLifetime(span, mutating: &self)
    }
  }

  /// One row, `[columns]`.
  @inlinable
  @_lifetime(borrow self)
  public borrowing func row(_ row: Int) -> Span<Element> {
    precondition(0 <= row && row < rows, "row outside the matrix")
    return elements.extracting(unchecked: row * columns..<(row + 1) * columns)
  }

  /// One row, `[columns]`, writable.
  @inlinable
  @_lifetime(&self)
  public mutating func mutableRow(_ row: Int) -> MutableSpan<Element> {
    precondition(0 <= row && row < rows, "row outside the matrix")
    let span = MutableSpan(_unsafeStart: base + row * columns, count: columns)
    return _overrideLifetime(span, mutating: &self)
  }

  /// A second matrix with the same elements. O(rows * columns).
  @inlinable
  public borrowing func copy() -> RowMajor {
    copy(rows: 0..<rows)
  }

  /// A matrix of some of the rows. O(elements copied).
  @inlinable
  public borrowing func copy(rows range: Range<Int>) -> RowMajor {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows outside the matrix")
    let result = RowMajor(uninitializedRows: range.count, columns: columns)
    result.base.initialize(from: base + range.lowerBound * columns, count: result.count)
    return result
  }

  /// A matrix of rows in any order. O(elements copied).
  @inlinable
  public borrowing func copy(rows places: [Int]) -> RowMajor {
    let result = RowMajor(uninitializedRows: places.count, columns: columns)
    for (place, row) in places.enumerated() {
      precondition(0 <= row && row < rows, "row outside the matrix")
      (result.base + place * columns).initialize(from: base + row * columns, count: columns)
    }
    return result
  }

  /// Rows as columns. O(rows * columns).
  @inlinable
  public borrowing func transposed() -> RowMajor {
    let result = RowMajor(uninitializedRows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result.base[column * rows + row] = base[row * columns + column] }
    }
    return result
  }

  /// The elements as an array, for tests and small results.
  @inlinable
  public borrowing func array() -> [Element] {
    Array(UnsafeBufferPointer(start: base, count: count))
  }
}

/// The memory has one owner and is only written through `mutating` access to that owner, or through `DisjointRows`,
/// whose users own different rows.
extension RowMajor: @unchecked Sendable {}

/// Weights, activations and statistics.
public typealias Matrix = RowMajor<Float>

/// One code for each weight: an index into the levels of a grid.
public typealias Codes = RowMajor<UInt8>

extension RowMajor where Element: AdditiveArithmetic {
  /// A matrix of zeros.
  @inlinable
  public init(rows: Int, columns: Int) {
    // Zero is all zero bits in every number type.
    self.init(rows: rows, columns: columns, zeroed: true)
  }
}

extension RowMajor where Element == UInt8 {
  /// All bytes.
  @inlinable public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }
}

extension RowMajor where Element == Float {
  /// The position of the first element that is not finite, or nil. O(rows * columns).
  public borrowing func firstNonFinite() -> (row: Int, column: Int)? {
    for row in 0..<rows {
      let values = self.row(row)
      // A finite sum of x * 0 is 0; a NaN or an infinity anywhere makes it NaN.
      var sums = SIMD16<Float>()
      var column = 0
      while column + 16 <= columns {
        for lane in 0..<16 { sums[lane] += values[unchecked: column + lane] * 0 }
        column += 16
      }
      var sum = sums.sum()
      while column < columns {
        sum += values[unchecked: column] * 0
        column += 1
      }
      if sum == 0 { continue }
      for column in 0..<columns where !values[column].isFinite { return (row, column) }
    }
    return nil
  }

  /// The position of the first element whose magnitude is `limit` or more, or nil. O(rows * columns).
  public borrowing func first(beyond limit: Float) -> (row: Int, column: Int)? {
    for row in 0..<rows {
      let values = self.row(row)
      var largest = SIMD16<Float>()
      var column = 0
      while column + 16 <= columns {
        var lanes = SIMD16<Float>()
        for lane in 0..<16 { lanes[lane] = abs(values[unchecked: column + lane]) }
        largest.replace(with: lanes, where: lanes .> largest)
        column += 16
      }
      var isBeyond = largest.max() >= limit
      while column < columns {
        isBeyond = isBeyond || abs(values[unchecked: column]) >= limit
        column += 1
      }
      guard isBeyond else { continue }
      for column in 0..<columns where abs(values[column]) >= limit { return (row, column) }
    }
    return nil
  }
}

/// Shares one immutable matrix between owners and threads.
public final class Shared<Element: BitwiseCopyable & Sendable>: Sendable {
  public let matrix: RowMajor<Element>

  public init(_ matrix: consuming RowMajor<Element>) {
    self.matrix = matrix
  }
}

/// A matrix of weights that several layers or stages read.
public typealias SharedMatrix = Shared<Float>

extension RowMajor {
  /// Overwrites consecutive rows with those of another matrix.
  @inlinable
  public mutating func replaceRows(from first: Int, with source: borrowing RowMajor) {
    precondition(source.columns == columns && first + source.rows <= rows, "rows do not fit")
    (base + first * columns).update(from: source.base, count: source.count)
  }
}
