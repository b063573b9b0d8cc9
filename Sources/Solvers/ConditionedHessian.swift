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
  /// Whether the Hessian itself is needed too, as it is where codes are improved after the sweep.
  package let keepsHessian: Bool
  /// Columns that the sweep takes together, and that stay neighbours; 1 where their order is natural anyhow.
  package let columnsPerCode: Int

  package init(order: ColumnOrder, damping: Float, keepsHessian: Bool = true, columnsPerCode: Int = 1) {
    self.order = order
    self.damping = damping
    self.keepsHessian = keepsHessian
    self.columnsPerCode = order == .natural ? 1 : columnsPerCode
  }

  /// The same for codes of several columns.
  package func grouping(_ columnsPerCode: Int) -> Conditioning {
    Conditioning(order: order, damping: damping, keepsHessian: keepsHessian, columnsPerCode: columnsPerCode)
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

/// A damped Hessian with its columns in the order of the sweep, and its factor.
package final class ConditionedHessian: Sendable {
  /// `order[i]` is the column that the sweep visits as number i.
  package let order: [Int]
  /// H + damping, rows and columns in the order of the sweep, `[columns, columns]`; empty where nobody needs it.
  package let hessian: Matrix
  /// M, lower triangular with Mᵀ M = H + damping, in the same order: row j tells what columns up to j do to each other.
  package let factor: Matrix
  /// The damping that made H positive definite, relative to the mean of the diagonal.
  package let damping: Float
  /// What was added to the diagonal at each place of the sweep.
  let added: [Float]
  /// Whether the input of a place in the sweep was zero on every token. Nothing is known about such a column, so it is rounded by
  /// itself, and all that stands on its diagonal was added.
  let isDead: [Bool]

  /// How many columns are dead.
  package var deadColumns: Int { isDead.count { $0 } }

  init(_ h: borrowing Matrix, _ conditioning: Conditioning, on workers: Workers) throws(SolveError) {
    let size = h.rows
    var diagonal = [Float](repeating: 0, count: size)
    for column in 0..<size { diagonal[column] = h[column, column] }
    let mean = diagonal.reduce(0, +) / Float(max(1, size))
    let unit = mean > 0 ? mean : 1
    order = Self.order(conditioning, diagonal: diagonal)
    isDead = order.map { diagonal[$0] <= 0 }
    let ladder = conditioning.ladder
    for rung in ladder {
      let damped = order.map { (diagonal[$0] > 0 ? diagonal[$0] : unit) + rung * unit }
      do {
        factor = try reverseCholesky(Self.ordered(h, order, damped, triangle: true, on: workers), on: workers)
      } catch {
        continue
      }
      hessian =
        conditioning.keepsHessian
        ? Self.ordered(h, order, damped, triangle: false, on: workers) : Matrix(rows: 0, columns: 0)
      damping = rung
      added = isDead.map { ($0 ? unit : 0) + rung * unit }
      return
    }
    throw .notPositiveDefinite(columns: size, dampings: ladder)
  }

  /// H in the order of the sweep with another diagonal; only the lower triangle of it, or all.
  private static func ordered(
    _ h: borrowing Matrix, _ order: [Int], _ diagonal: [Float], triangle: Bool, on workers: Workers
  ) -> Matrix {
    var ordered = Matrix(rows: h.rows, columns: h.columns)
    ordered.withDisjointRows { ordered in
      workers.forEach(h.rows) { row in
        let source = h.row(order[row])
        var target = ordered.row(row)
        for column in 0..<(triangle ? row : h.columns) { target[unchecked: column] = source[order[column]] }
        target[row] = diagonal[row]
      }
    }
    return ordered
  }

  private static func order(_ conditioning: Conditioning, diagonal: [Float]) -> [Int] {
    switch conditioning.order {
    case .natural:
      return Array(diagonal.indices)
    case .activation:
      let width = conditioning.columnsPerCode
      let sums =
        width == 1
        ? diagonal
        : stride(from: 0, to: diagonal.count, by: width).map { diagonal[$0..<$0 + width].reduce(0, +) }
      let sorted = sums.indices.sorted { sums[$0] != sums[$1] ? sums[$0] > sums[$1] : $0 < $1 }
      return width == 1 ? sorted : sorted.flatMap { $0 * width..<($0 + 1) * width }
    }
  }
}
