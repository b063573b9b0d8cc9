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
  /// Whether it holds −eˣ of each value x.
  var isNegatedExponential = false
  /// What is added to each stored value: Gemma's norms multiply by 1 + w.
  package var offset: Float = 0

  /// Whether what it holds are other numbers, and not the same in another order.
  package var changesValues: Bool { isNegatedExponential || offset != 0 }

  /// Whether it differs from what the decoder reads in the order of rows and columns alone.
  package var isReordered: Bool { self == WeightStorage(rowOrder: rowOrder, columnOrder: columnOrder) }

  package static let plain = WeightStorage()
  package static let transposed = WeightStorage(isTransposed: true)

  package static func reordered(_ order: RowOrder) -> WeightStorage { WeightStorage(rowOrder: order) }
  package static func shifted(by offset: Float) -> WeightStorage { WeightStorage(offset: offset) }

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
    return isVector ? matrix.reshaped(rows: 1) : matrix
  }

  /// What the container holds, of what the decoder reads.
  func stored(_ matrix: SharedMatrix, isVector: Bool) -> Matrix {
    let rows = isVector ? matrix.matrix.count : matrix.matrix.rows
    var stored = Self.shifted(matrix.matrix.reshaped(rows: rows), by: -offset)
    if rowOrder != .natural { stored = rowOrder.forFile(stored) }
    if columnOrder != .natural { stored = columnOrder.forFile(stored.transposed()).transposed() }
    if isNegatedExponential { stored = Self.changed(stored) { -exp($0) } }
    if isVector { return stored.reshaped(rows: 1) }
    return isTransposed ? stored.transposed() : stored
  }

  /// Rows and columns that stand as the container has them, whatever its orientation, in the order of the decoder.
  func ordered(_ matrix: consuming Matrix) -> Matrix {
    let rows = orderedRows(matrix)
    return columnOrder == .natural ? rows : columnOrder.fromFile(rows.transposed()).transposed()
  }

  /// The same for rows alone.
  func orderedRows(_ matrix: consuming Matrix) -> Matrix {
    if rowOrder != .natural { return rowOrder.fromFile(matrix) }
    return matrix
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
