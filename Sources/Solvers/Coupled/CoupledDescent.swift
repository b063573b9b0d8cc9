import LinearAlgebra
import Schemes
import Tensors

/// Coordinate descent on tr((T − Q)ᵀ B (T − Q) A) over the codes of one tile, while all other rows stay: column by column, and in a
/// column the rows that gain most first, each as the best code given all others.
///
/// A row's change d in column j takes d A_j B_iᵀ from the gradient of all columns and rows. Of that, rows of the same column see
/// their part at once, columns of the same block when the column is done, and all others, through X, at the end of the block.
/// The objective never rises but for the rounding of Float32 sums.
///
/// - Parameters:
///   - A: the damped metric of the inputs, in the order of the sweep.
///   - codes, Q, X: of the tile, `[columns, lanes]`.
func descend(
  _ rows: borrowing CoupledRows, _ grid: borrowing TileGrid, A: borrowing Matrix, sweeps: Int, codes: inout Codes,
  Q: inout Matrix, X: inout Matrix
) {
  let n = rows.tile.columns
  let lanes = rows.tile.lanes
  let width = grid.vectors?.columnsPerCode ?? 1
  var column = CoupledColumn(lanes: lanes)
  let joint = grid.vectors.map { JointRounding($0, lanes: lanes) }
  var D = Matrix(rows: min(blockSize, n), columns: lanes)
  // What a column's changes mean to the rows beside them: D B, of the columns of one code.
  var E = Matrix(rows: width, columns: lanes)
  for _ in 0..<sweeps {
    var changed = false
    for start in stride(from: 0, to: n, by: blockSize) {
      let end = min(start + blockSize, n)
      var G = rows.gradient(rows.C.copy(rows: start..<end), X.view(rows: start..<end))
      var blockChanged = false
      for first in stride(from: start, to: end, by: width) {
        let code = first..<first + width
        for own in code {
          var step = D.mutableRow(own - start)
          copy(Q.row(own), to: &step)
        }
        let moved =
          if let joint {
            joint.descend(rows, grid, A: A, G: G, at: first, inBlock: start, codes: &codes, Q: &Q, E: &E)
          } else {
            column.descend(rows, grid, A: A, G: G, at: first, inBlock: start, codes: &codes, Q: &Q, E: &E)
          }
        for own in code {
          var step = D.mutableRow(own - start)
          rise(to: Q.row(own), &step)
        }
        guard moved else { continue }
        blockChanged = true
        for own in code {
          for later in code.upperBound..<max(code.upperBound, end) {
            var gradient = G.mutableRow(later - start)
            addMultiple(-A[own, later], of: E.row(own - first), to: &gradient)
          }
        }
      }
      guard blockChanged else { continue }
      changed = true
      rows.lower(&X, A, start..<end, by: D)
    }
    guard changed else { return }
  }
}

/// One column of a tile whose rows are solved beside each other.
private struct CoupledColumn: ~Copyable {
  private var targets: Matrix
  private var values: Matrix
  private var codes: Codes
  /// Lanes that move, and what each gains by itself.
  private var moves: [(gain: Float, lane: Int)] = []

  init(lanes: Int) {
    targets = Matrix(rows: 1, columns: lanes)
    values = Matrix(rows: 1, columns: lanes)
    codes = Codes(rows: 1, columns: lanes)
    moves.reserveCapacity(lanes)
  }

  /// - Parameters:
  ///   - G: the gradient of a block of columns, `[columns of the block, lanes]`.
  ///   - start: the first column of the block.
  ///   - E: `[1, lanes]`, receives D B for the changes D of the column's values.
  /// - Returns: whether anything changed.
  mutating func descend(
    _ rows: borrowing CoupledRows, _ grid: borrowing TileGrid, A: borrowing Matrix, G: borrowing Matrix, at column: Int,
    inBlock start: Int, codes allCodes: inout Codes, Q: inout Matrix, E: inout Matrix
  ) -> Bool {
    let curvature = 1 / A[column, column]
    findMoves(
      rows, grid, G.row(column - start), curvature, Q.row(column), column, &targets, &codes, &values, &moves)
    guard !moves.isEmpty else { return false }
    let group = rows.tile.groups[column]
    let limits = grid.limits(group)
    var changes = E.mutableRow(0)
    for lane in 0..<changes.count { changes[unchecked: lane] = 0 }
    var moved = false
    for (_, lane) in moves {
      let gradient = curvature * G[column - start, lane] - changes[lane]
      let old = Q[column, lane]
      let (code, value) = grid.levels.round(
        old + gradient * rows.reciprocals[lane], grid.scales[group, lane], grid.reciprocals[group, lane],
        grid.offsets[group, lane], within: limits)
      let change = value - old
      guard change != 0 else { continue }
      moved = true
      Q[column, lane] = value
      allCodes[column, lane] = code
      addMultiple(change, of: rows.B.row(lane), to: &changes)
    }
    return moved
  }
}

/// Finds the lanes of a column that would move if all others stayed, those that gain most first.
///
/// - Parameters:
///   - gradient: of the column, `[lanes]`.
///   - curvature: 1 / A_jj.
///   - old: present values, `[lanes]`.
///   - targets, codes, values: `[1, lanes]`, overwritten.
private func findMoves(
  _ rows: borrowing CoupledRows, _ grid: borrowing TileGrid, _ gradient: Span<Float>, _ curvature: Float,
  _ old: Span<Float>, _ column: Int, _ targets: inout Matrix, _ codes: inout Codes, _ values: inout Matrix,
  _ moves: inout [(gain: Float, lane: Int)]
) {
  moves.removeAll(keepingCapacity: true)
  let lanes = old.count
  let reciprocals = rows.reciprocals.span
  var target = targets.mutableRow(0)
  precondition(gradient.count == lanes && reciprocals.count == lanes && target.count == lanes)
  for lane in 0..<lanes {
    target[unchecked: lane] =
      old[unchecked: lane] + curvature * gradient[unchecked: lane] * reciprocals[unchecked: lane]
  }
  let group = rows.tile.groups[column]
  var newCodes = codes.mutableRow(0)
  var newValues = values.mutableRow(0)
  grid.levels.round(
    targets.row(0), grid.scales.row(group), grid.reciprocals.row(group), grid.offsets.row(group),
    within: grid.limits(group), codes: &newCodes, values: &newValues)
  for lane in 0..<lanes where newValues[unchecked: lane] != old[unchecked: lane] {
    let change = newValues[unchecked: lane] - old[unchecked: lane]
    moves.append((gain: abs(change * gradient[unchecked: lane]), lane: lane))
  }
  moves.sort { $0.gain != $1.gain ? $0.gain > $1.gain : $0.lane < $1.lane }
}

/// `step ← x − step`
@inline(__always)
private func rise(to x: Span<Float>, _ step: inout MutableSpan<Float>) {
  precondition(x.count == step.count)
  for lane in 0..<step.count { step[unchecked: lane] = x[unchecked: lane] - step[unchecked: lane] }
}
