import Schemes
import Tensors

/// Rounds codes of several columns of a tile: the k targets of a code under their own k × k metric.
///
/// In a sweep that is the corner Mₖᵀ Mₖ of the factor, as what the columns leave in their own rows of the residual is all that
/// later columns cannot make up for; in descent it is Hₖₖ, as all others stay. One tile's, used by one worker.
final class JointRounding {
  /// k
  let columns: Int
  private var rounder: MetricRounder
  private var targets: Matrix
  private var metric: [Float]
  private var target: [Float]
  private var code: [UInt8]

  init(_ vectors: VectorCodebook, lanes: Int) {
    columns = vectors.columnsPerCode
    rounder = MetricRounder(vectors)
    targets = Matrix(rows: columns, columns: lanes)
    metric = [Float](repeating: 0, count: columns * columns)
    target = [Float](repeating: 0, count: columns)
    code = [UInt8](repeating: 0, count: columns)
  }

  /// Chooses the codes of the columns from `first` on such that the least is left of their rows of the residual R.
  func sweep(
    _ tile: borrowing RowTile, _ grid: borrowing TileGrid, M: borrowing Matrix, R: borrowing Matrix, at first: Int,
    codes: inout Codes, Q: inout Matrix
  ) {
    for row in 0..<columns {
      for column in 0..<columns {
        metric[row * columns + column] = (max(row, column)..<columns).reduce(0) {
          $0 + M[first + $1, first + row] * M[first + $1, first + column]
        }
      }
    }
    // Mₖ Δ = −r by substitution, with Δ what targets are less than weights.
    for row in 0..<columns {
      var target = targets.mutableRow(row)
      copy(R.row(first + row), to: &target)
    }
    solveLower(M, first)
    for row in 0..<columns {
      var target = targets.mutableRow(row)
      addMultiple(1, of: tile.weights.row(first + row), to: &target)
    }
    round(tile, grid, at: first, isImproving: false, codes: &codes, Q: &Q)
  }

  /// Makes the codes of the columns from `first` on better, given all others.
  ///
  /// - Parameter G: the gradient H (W − Q), `[columns, lanes]`.
  func descend(
    _ tile: borrowing RowTile, _ grid: borrowing TileGrid, H: borrowing Matrix, G: borrowing Matrix, at first: Int,
    codes: inout Codes, Q: inout Matrix
  ) {
    for row in 0..<columns {
      for column in 0..<columns { metric[row * columns + column] = H[first + row, first + column] }
      var target = targets.mutableRow(row)
      copy(G.row(first + row), to: &target)
    }
    solveMetric()
    for row in 0..<columns {
      var target = targets.mutableRow(row)
      addMultiple(1, of: Q.row(first + row), to: &target)
    }
    round(tile, grid, at: first, isImproving: true, codes: &codes, Q: &Q)
  }

  /// Makes the codes of the columns from `first` on better, row after row of a tile whose rows are solved beside each other.
  ///
  /// With Z = Hₖₖ⁻¹ G, a row's targets are Q + (Z − D B) / B_ii, D being what rows before it have changed.
  /// - Parameters:
  ///   - G: the gradient of a block of columns, `[columns of the block, lanes]`.
  ///   - start: the first column of the block.
  ///   - E: `[k, lanes]`, receives D B.
  /// - Returns: whether anything changed.
  func descend(
    _ rows: borrowing CoupledRows, _ grid: borrowing TileGrid, A: borrowing Matrix, G: borrowing Matrix, at first: Int,
    inBlock start: Int, codes: inout Codes, Q: inout Matrix, E: inout Matrix
  ) -> Bool {
    for row in 0..<columns {
      for column in 0..<columns { metric[row * columns + column] = A[first + row, first + column] }
      var target = targets.mutableRow(row)
      copy(G.row(first - start + row), to: &target)
      var changes = E.mutableRow(row)
      for lane in 0..<changes.count { changes[unchecked: lane] = 0 }
    }
    solveMetric()
    rounder.setMetric(metric.span)
    let group = rows.tile.groups[first]
    var moved = false
    for lane in 0..<rows.tile.rows.count {
      let scale = grid.scales[group, lane]
      for row in 0..<columns {
        target[row] = Q[first + row, lane] + (targets[row, lane] - E[row, lane]) * rows.reciprocals[lane]
        code[row] = codes[first + row, lane]
      }
      var chosen = code.mutableSpan
      rounder.round(target.span, scale: scale, book: grid.book(group, lane), isImproving: true, codes: &chosen)
      for row in 0..<columns {
        let value = scale * grid.levels[code[row]]
        let change = value - Q[first + row, lane]
        guard change != 0 else { continue }
        moved = true
        codes[first + row, lane] = code[row]
        Q[first + row, lane] = value
        var changes = E.mutableRow(row)
        addMultiple(change, of: rows.B.row(lane), to: &changes)
      }
    }
    return moved
  }

  private func round(
    _ tile: borrowing RowTile, _ grid: borrowing TileGrid, at first: Int, isImproving: Bool, codes: inout Codes,
    Q: inout Matrix
  ) {
    rounder.setMetric(metric.span)
    let group = tile.groups[first]
    for lane in 0..<tile.rows.count {
      let scale = grid.scales[group, lane]
      for row in 0..<columns {
        target[row] = targets[row, lane]
        code[row] = codes[first + row, lane]
      }
      var chosen = code.mutableSpan
      rounder.round(
        target.span, scale: scale, book: grid.book(group, lane), isImproving: isImproving, codes: &chosen)
      for row in 0..<columns {
        codes[first + row, lane] = code[row]
        Q[first + row, lane] = scale * grid.levels[code[row]]
      }
    }
  }

  /// `targets ← Mₖ⁻¹ targets`
  private func solveLower(_ M: borrowing Matrix, _ first: Int) {
    for row in 0..<columns {
      for column in 0..<row { addRow(column, times: -M[first + row, first + column], to: row) }
      scaleRow(row, by: 1 / M[first + row, first + row])
    }
  }

  /// `targets ← A⁻¹ targets` for the metric A, by Cholesky's factor.
  private func solveMetric() {
    let L = lowerFactor()
    for row in 0..<columns {
      for column in 0..<row { addRow(column, times: -L[row * columns + column], to: row) }
      scaleRow(row, by: 1 / L[row * columns + row])
    }
    for row in (0..<columns).reversed() {
      for below in row + 1..<columns { addRow(below, times: -L[below * columns + row], to: row) }
      scaleRow(row, by: 1 / L[row * columns + row])
    }
  }

  /// L with L Lᵀ = A, row after row. A is a corner of a definite matrix: a pivot that rounding lost is lifted to a trace of it.
  private func lowerFactor() -> [Float] {
    var L = [Double](repeating: 0, count: metric.count)
    for row in 0..<columns {
      for column in 0...row {
        var sum = Double(metric[row * columns + column])
        for inner in 0..<column { sum -= L[row * columns + inner] * L[column * columns + inner] }
        if row == column {
          L[row * columns + row] = max(sum, 1e-7 * Double(metric[row * columns + row])).squareRoot()
        } else {
          L[row * columns + column] = sum / L[column * columns + column]
        }
      }
    }
    return L.map { Float($0) }
  }

  private func addRow(_ source: Int, times factor: Float, to row: Int) {
    Self.addRow(source, times: factor, to: row, of: &targets)
  }

  private func scaleRow(_ row: Int, by factor: Float) {
    Self.scaleRow(row, by: factor, of: &targets)
  }

  private static func addRow(_ source: Int, times factor: Float, to row: Int, of targets: inout Matrix) {
    let lanes = targets.columns
    var elements = targets.mutableElements
    for lane in 0..<lanes {
      elements[unchecked: row * lanes + lane] += factor * elements[unchecked: source * lanes + lane]
    }
  }

  private static func scaleRow(_ row: Int, by factor: Float, of targets: inout Matrix) {
    var elements = targets.mutableRow(row)
    for lane in 0..<elements.count { elements[unchecked: lane] *= factor }
  }
}
