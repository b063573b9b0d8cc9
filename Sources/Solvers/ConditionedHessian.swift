import LinearAlgebra
import Tensors

/// The order in which a sweep visits columns.
package enum ColumnOrder: String, Sendable, CaseIterable {
  /// As they stand.
  case natural
  /// Those with the largest activations first, while most others can still make up for their error ("act-order").
  case activation
}

/// What a sweep needs from a Hessian.
package struct Conditioning: Sendable, Hashable {
  package let order: ColumnOrder
  /// The first rung of the ladder, relative to the mean of the diagonal.
  package let damping: Float

  package init(order: ColumnOrder, damping: Float) {
    self.order = order
    self.damping = damping
  }

  /// Dampings that are tried one after the other: each ten times the last, until it reaches the mean itself.
  var ladder: [Float] {
    var rungs = [damping]
    while let last = rungs.last, last < 1 {
      let next = max(last * 10, 1e-4)
      // Ten times 0.1 may fall just short of 1, which is no rung of its own.
      rungs.append(next < 0.99 ? next : 1)
    }
    return rungs
  }
}

/// A damped Hessian with its columns in the order of the sweep, and the factor of its inverse.
package final class ConditionedHessian: Sendable {
  /// `order[i]` is the column that the sweep visits as number i.
  package let order: [Int]
  /// H + damping, rows and columns in the order of the sweep, `[columns, columns]`.
  package let hessian: Matrix
  /// U, upper triangular with Uᵀ U = H⁻¹, in the same order.
  package let factor: Matrix
  /// The damping that made H positive definite, relative to the mean of the diagonal.
  package let damping: Float
  /// What was added to each element of the diagonal: damping, and for a dead column all that stands there.
  let diagonalAdded: [Float]
  /// Columns whose input was zero on every token. Nothing is known about them, so they are rounded by themselves.
  package let deadColumns: Int

  init(_ h: borrowing Matrix, _ wish: Conditioning, on workers: Workers) throws(SolveError) {
    let size = h.rows
    var diagonal = [Float](repeating: 0, count: size)
    for column in 0..<size { diagonal[column] = h[column, column] }
    let mean = diagonal.reduce(0, +) / Float(max(1, size))
    let unit = mean > 0 ? mean : 1
    order = Self.order(wish.order, diagonal: diagonal)
    let dead = order.map { diagonal[$0] <= 0 }
    deadColumns = dead.count { $0 }

    var ordered = Matrix(uninitializedRows: size, columns: size)
    for row in 0..<size {
      let source = h.row(order[row])
      var target = ordered.mutableRow(row)
      for column in 0..<size { target[unchecked: column] = source[order[column]] }
      if dead[row] { target[row] = unit }
    }
    let ladder = wish.ladder
    for rung in ladder {
      do {
        factor = try inverseCholeskyUpper(ordered, damping: rung * unit, on: workers)
      } catch {
        continue
      }
      for column in 0..<size { ordered[column, column] += rung * unit }
      var added = [Float](repeating: rung * unit, count: size)
      for column in 0..<size where dead[column] { added[column] = ordered[column, column] }
      hessian = ordered
      damping = rung
      diagonalAdded = added
      return
    }
    throw .notPositiveDefinite(columns: size, dampings: ladder)
  }

  private static func order(_ wish: ColumnOrder, diagonal: [Float]) -> [Int] {
    switch wish {
    case .natural:
      Array(diagonal.indices)
    case .activation:
      diagonal.indices.sorted { diagonal[$0] != diagonal[$1] ? diagonal[$0] > diagonal[$1] : $0 < $1 }
    }
  }
}
