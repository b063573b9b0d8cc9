import Tensors

/// How a container stores a matrix or vector, where that is not how the decoder reads it.
package struct WeightStorage: Sendable, Equatable {
  /// `[columns, rows]`, as GPT-2's `Conv1D` has it.
  package var isTransposed = false
  /// The order of its rows, or of a vector's elements.
  package var rowOrder = RowOrder.natural
  /// What is added to each stored value: Gemma's norms multiply by 1 + w.
  package var offset: Float = 0

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
    return isVector ? matrix.reshaped(rows: 1) : matrix
  }

  /// What the container holds, of what the decoder reads of each of its parts.
  ///
  /// - Parameter part: any of the parts; nil where there is one matrix alone.
  package func stored(_ parts: [SharedMatrix], isVector: Bool, part: StoredPlace.Part? = nil) -> Matrix {
    let rows = isVector ? parts[0].matrix.count : parts[0].matrix.rows
    var whole = Matrix(rows: rows * parts.count, columns: parts[0].matrix.count / max(1, rows))
    for (index, matrix) in parts.enumerated() {
      var own = Self.shifted(matrix.matrix.reshaped(rows: rows), by: -offset)
      if rowOrder != .natural { own = rowOrder.forFile(own) }
      whole.replaceRows(from: index * rows, with: own)
    }
    if let part, part.isInterleaved {
      whole = whole.copy(rows: (0..<whole.rows).map { $0 % parts.count * rows + $0 / parts.count })
    }
    if isVector { return whole.reshaped(rows: 1) }
    return isTransposed ? whole.transposed() : whole
  }

  /// Rows that stand as the container has them, whatever its orientation, in the order of the decoder.
  func ordered(_ matrix: consuming Matrix) -> Matrix {
    if rowOrder != .natural { return rowOrder.fromFile(matrix) }
    return matrix
  }

  private static func shifted(_ matrix: consuming Matrix, by offset: Float) -> Matrix {
    guard offset != 0 else { return matrix }
    var elements = matrix.mutableElements
    for index in 0..<elements.count { elements[index] += offset }
    return matrix
  }
}
