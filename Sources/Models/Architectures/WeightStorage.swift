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
  /// - Parameters:
  ///   - isVector: whether its elements stand for rows.
  ///   - part: which of the rows it is; nil for all of them.
  func decoded(_ stored: consuming Matrix, isVector: Bool, part: StoredPlace.Part? = nil) -> Matrix {
    guard self != .plain || part != nil else { return stored }
    var matrix = stored
    if isVector {
      matrix = matrix.reshaped(rows: matrix.count)
    } else if isTransposed {
      matrix = matrix.transposed()
    }
    if let part { matrix = part.rows(of: matrix) }
    matrix = Self.shifted(ordered(matrix), by: offset)
    if isNegatedExponential { matrix = Self.changed(matrix) { log(-$0) } }
    return isVector ? matrix.reshaped(rows: 1) : matrix
  }

  /// What the container holds, of what the decoder reads of each of its parts.
  ///
  /// - Parameter part: any of the parts; nil where there is one matrix alone.
  package func stored(_ parts: [SharedMatrix], isVector: Bool, part: StoredPlace.Part? = nil) -> Matrix {
    let heights = parts.map { isVector ? $0.matrix.count : $0.matrix.rows }
    let rows = heights.reduce(0, +)
    var whole = Matrix(rows: rows, columns: parts.reduce(0) { $0 + $1.matrix.count } / max(1, rows))
    var first = 0
    for (index, matrix) in parts.enumerated() {
      var own = Self.shifted(matrix.matrix.reshaped(rows: heights[index]), by: -offset)
      if rowOrder != .natural { own = rowOrder.forFile(own) }
      if columnOrder != .natural { own = columnOrder.forFile(own.transposed()).transposed() }
      if isNegatedExponential { own = Self.changed(own) { -exp($0) } }
      guard let part, part.arrangement != .runs else {
        whole.replaceRows(from: first, with: own)
        first += heights[index]
        continue
      }
      let places = StoredPlace.Part(index, of: parts.count, part.arrangement).places(own: heights[index])
      for (row, place) in places.enumerated() { whole.replaceRows(from: place, with: own.copy(rows: row..<row + 1)) }
    }
    if isVector { return whole.reshaped(rows: 1) }
    return isTransposed ? whole.transposed() : whole
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
