import Tensors

/// How a Hugging Face folder stores a tensor, where that is not how the decoder reads it.
package enum WeightStorage: Sendable, Equatable {
  case plain
  /// `[columns, rows]`, as GPT-2's `Conv1D` has it.
  case transposed
  /// Rows in another order.
  case reordered(RowOrder)
  /// Each value less a number: Gemma's norms multiply by 1 + w.
  case shifted(by: Float)

  /// Outermost first.
  func shape(_ shape: [Int]) -> [Int] { self == .transposed ? shape.reversed() : shape }

  /// What the decoder reads, of what the folder holds.
  func decoded(_ stored: consuming Matrix, isVector: Bool) -> Matrix {
    switch self {
    case .plain: return stored
    case .transposed: return stored.transposed()
    case .reordered(let order):
      guard isVector else { return order.fromFile(stored) }
      return order.fromFile(stored.reshaped(rows: stored.count)).reshaped(rows: 1)
    case .shifted(let shift): return Self.sum(stored, shift)
    }
  }

  /// What the folder holds, of what the decoder reads.
  package func stored(_ matrix: consuming Matrix, isVector: Bool) -> Matrix {
    switch self {
    case .plain: return matrix
    case .transposed: return matrix.transposed()
    case .reordered(let order):
      guard isVector else { return order.forFile(matrix) }
      return order.forFile(matrix.reshaped(rows: matrix.count)).reshaped(rows: 1)
    case .shifted(let shift): return Self.sum(matrix, -shift)
    }
  }

  private static func sum(_ matrix: borrowing Matrix, _ shift: Float) -> Matrix {
    var result = matrix.copy()
    var elements = result.mutableElements
    for index in 0..<elements.count { elements[index] += shift }
    return result
  }
}

extension WeightStorage {
  /// Rows that stand as in the folder, whatever its orientation, in the order of the decoder.
  func ordered(_ matrix: consuming Matrix) -> Matrix {
    if case .reordered(let order) = self { return order.fromFile(matrix) }
    return matrix
  }
}
