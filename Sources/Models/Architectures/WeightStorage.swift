import Foundation
import Tensors

/// How a container stores a matrix or vector, where that is not how the decoder reads it.
package struct WeightStorage: Sendable, Equatable {
  /// `[columns, rows]`, as GPT-2's `Conv1D` has it.
  package var isTransposed = false
  /// The order of its rows, or of a vector's elements.
  package var rowOrder = RowOrder.natural
  /// The order of what a matrix reads.
  package var columnOrder = RowOrder.natural
  /// `[rows, 1, columns]`, as a convolution of each channel by itself has its taps.
  var isConvolution = false
  /// Rows that a vector is stored in, as llama.cpp has those of state spaces; nil for a plain vector, and for matrices.
  var vectorRows: Int?
  /// Whether it holds −eˣ of each value x.
  var isNegatedExponential = false
  /// What is added to each stored value: Gemma's norms multiply by 1 + w.
  package var offset: Float = 0
  /// The last rows, which it lacks: they are as the first one is.
  var repeatedRows = 0
  /// How many rows it has before those that the decoder reads.
  package var unreadRows = 0
  /// What stored rows are multiplied with, so many rows with each number; empty where all are as they are.
  var factors: [RowFactor] = []

  /// Whether what it holds are other numbers, and not the same in another order.
  package var changesValues: Bool { isNegatedExponential || offset != 0 || !factors.isEmpty }

  /// Whether it differs from what the decoder reads in the order of rows and columns alone.
  package var isReordered: Bool { self == WeightStorage(rowOrder: rowOrder, columnOrder: columnOrder) }

  package static let plain = WeightStorage()
  package static let transposed = WeightStorage(isTransposed: true)

  package static func reordered(_ order: RowOrder) -> WeightStorage { WeightStorage(rowOrder: order) }
  package static func shifted(by offset: Float) -> WeightStorage { WeightStorage(offset: offset) }
  static func following(_ rows: Int) -> WeightStorage { WeightStorage(unreadRows: rows) }
  static func repeating(_ rows: Int) -> WeightStorage { WeightStorage(repeatedRows: rows) }
  static func multiplied(by factors: [RowFactor]) -> WeightStorage { WeightStorage(factors: factors) }

  /// What the decoder reads, of what the container holds.
  ///
  /// - Parameter isVector: whether its elements stand for rows.
  func decoded(_ stored: consuming Matrix, isVector: Bool) -> Matrix {
    guard self != .plain else { return stored }
    var matrix = stored
    if isVector {
      matrix = matrix.reshaped(rows: matrix.count)
    } else if isTransposed {
      matrix = matrix.transposed()
    }
    matrix = Self.shifted(ordered(matrix), by: offset)
    if isNegatedExponential { matrix = Self.changed(matrix) { log(-$0) } }
    if unreadRows > 0 { matrix = matrix.copy(rows: unreadRows..<matrix.rows) }
    if repeatedRows > 0 { matrix = Self.extended(matrix, by: repeatedRows) }
    return isVector || vectorRows != nil ? matrix.reshaped(rows: 1) : matrix
  }

  /// What the container holds, of what the decoder reads.
  func stored(_ matrix: SharedMatrix, isVector: Bool) -> Matrix {
    let rows = isVector ? matrix.matrix.count : matrix.matrix.rows
    var stored = Self.shifted(matrix.matrix.reshaped(rows: rows), by: -offset)
    if repeatedRows > 0 { stored = stored.copy(rows: 0..<rows - repeatedRows) }
    if unreadRows > 0 { stored = Self.preceded(stored, by: unreadRows) }
    if !factors.isEmpty { stored = multiplied(stored) { 1 / $0 } }
    if rowOrder != .natural { stored = rowOrder.forFile(stored) }
    if columnOrder != .natural { stored = columnOrder.forFile(stored.transposed()).transposed() }
    if isNegatedExponential { stored = Self.changed(stored) { -exp($0) } }
    if isVector { return stored.reshaped(rows: 1) }
    if let vectorRows { return stored.reshaped(rows: vectorRows) }
    return isTransposed ? stored.transposed() : stored
  }

  /// Rows and columns that stand as the container has them, whatever its orientation, in the order of the decoder and times their
  /// factors.
  func ordered(_ matrix: consuming Matrix) -> Matrix {
    let rows = orderedRows(matrix)
    return columnOrder == .natural ? rows : columnOrder.fromFile(rows.transposed()).transposed()
  }

  /// The same for rows alone.
  func orderedRows(_ matrix: consuming Matrix) -> Matrix {
    let ordered = rowOrder == .natural ? matrix : rowOrder.fromFile(matrix)
    return factors.isEmpty ? ordered : multiplied(ordered) { $0 }
  }

  /// Rows in the order of the decoder, each times what is made of its factor.
  private func multiplied(_ matrix: consuming Matrix, by change: (Float) -> Float) -> Matrix {
    precondition(factors.reduce(0) { $0 + $1.rows } == matrix.rows, "a factor for each row")
    var row = 0
    for part in factors {
      let factor = change(part.factor)
      for _ in 0..<part.rows {
        var values = matrix.mutableRow(row)
        for column in 0..<values.count { values[unchecked: column] *= factor }
        row += 1
      }
    }
    return matrix
  }

  /// The same with more rows, which are as the first one is.
  private static func extended(_ matrix: consuming Matrix, by rows: Int) -> Matrix {
    var result = Matrix(uninitializedRows: matrix.rows + rows, columns: matrix.columns)
    result.replaceRows(from: 0, with: matrix)
    let first = matrix.copy(rows: 0..<1)
    for row in matrix.rows..<result.rows { result.replaceRows(from: row, with: first) }
    return result
  }

  /// The same behind rows of zeros.
  private static func preceded(_ matrix: consuming Matrix, by rows: Int) -> Matrix {
    var result = Matrix(rows: rows + matrix.rows, columns: matrix.columns)
    result.replaceRows(from: rows, with: matrix)
    return result
  }

  private static func shifted(_ matrix: consuming Matrix, by offset: Float) -> Matrix {
    guard offset != 0 else { return matrix }
    return changed(matrix) { $0 + offset }
  }

  private static func changed(_ matrix: consuming Matrix, _ change: (Float) -> Float) -> Matrix {
    var elements = matrix.mutableElements
    for index in 0..<elements.count { elements[index] = change(elements[index]) }
    return matrix
  }
}

/// A number that rows which follow each other are multiplied with.
package struct RowFactor: Sendable, Equatable {
  package let rows: Int
  package let factor: Float

  package init(rows: Int, factor: Float) {
    (self.rows, self.factor) = (rows, factor)
  }
}
