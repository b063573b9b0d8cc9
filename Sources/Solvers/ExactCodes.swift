import Schemes
import Tensors

extension Solution {
  /// What the ledger calls it: nothing was solved.
  package static let exactName = "exact"

  /// The codes of weights that lie on a grid of the scheme already: they decode to the same weights, bit for bit but for the
  /// sign of a zero. Nil where any of them does not.
  ///
  /// - Parameter weights: `[rows, columns]`, finite; `columns` is a multiple of the scheme's block.
  package static func exact(_ weights: borrowing Matrix, _ scheme: any Scheme, on workers: Workers) -> Solution? {
    guard let scheme = scheme as? any LatticeScheme, weights.rows > 0, scheme.lattice(weights.row(0)) != nil else {
      return nil
    }
    var rows: [GridRow] = []
    rows.reserveCapacity(weights.rows)
    // Most matrices that begin like a lattice are none: a tile after the other.
    for start in stride(from: 0, to: weights.rows, by: rowsPerTile) {
      let count = min(rowsPerTile, weights.rows - start)
      let tile = workers.map(count) { scheme.lattice(weights.row(start + $0)) }
      for row in tile {
        guard let row else { return nil }
        rows.append(row)
      }
    }
    let grid = Grid(levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, rows: rows)
    let codes = grid.nearestCodes(weights, on: workers)
    let isExact = workers.map(weights.rows) { row in
      var isExact = true
      let own = weights.row(row)
      grid.forEachValue(codes.row(row), row: row) { column, value in isExact = isExact && own[column] == value }
      return isExact
    }
    guard isExact.allSatisfy({ $0 }) else { return nil }
    return Solution(codes: codes, grid: grid, record: SolveRecord(solver: exactName, roundingError: 0, error: 0))
  }

  private static var rowsPerTile: Int { 256 }
}
