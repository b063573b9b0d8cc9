import Schemes
import Tensors

extension Solution {
  /// What the ledger calls weights that were kept: nothing was solved.
  package static let exactName = "exact"
  /// The same where codes were kept and a scale was rounded.
  package static let exactCodesName = "exact codes"

  /// The codes of weights that lie on a grid of the scheme already: they decode to the same weights, bit for bit but for the
  /// sign of a zero. Weights of one magnitude, as those of a ternary original are, keep their codes too where the scheme stores that
  /// magnitude rounded. Nil where any weight lies on no grid.
  ///
  /// - Parameter weights: `[rows, columns]`, finite; `columns` is a multiple of the scheme's block.
  /// - Parameter statistics: what the error of a rounded scale is measured by.
  package static func exact(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) -> Solution? {
    guard let scheme = scheme as? any LatticeScheme, weights.rows > 0, scheme.lattice(weights.row(0)) != nil else {
      return nil
    }
    var rows: [GridRow] = []
    rows.reserveCapacity(weights.rows)
    var isExact = true
    // Most matrices that begin like a lattice are none: a tile after the other.
    for start in stride(from: 0, to: weights.rows, by: rowsPerTile) {
      let count = min(rowsPerTile, weights.rows - start)
      let tile = workers.map(count) { scheme.lattice(weights.row(start + $0)) }
      for lattice in tile {
        guard let lattice else { return nil }
        rows.append(lattice.row)
        isExact = isExact && lattice.isExact
      }
    }
    let grid = Grid(levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, rows: rows)
    let codes = grid.nearestCodes(weights, on: workers)
    guard isExact else {
      let error = relativeError(of: codes, grid, weights, statistics, on: workers)
      guard error.isFinite else { return nil }
      return Solution(
        codes: codes, grid: grid, record: SolveRecord(solver: exactCodesName, roundingError: error, error: error))
    }
    let isKept = workers.map(weights.rows) { row in
      var isKept = true
      let own = weights.row(row)
      grid.forEachValue(codes.row(row), row: row) { column, value in isKept = isKept && own[column] == value }
      return isKept
    }
    guard isKept.allSatisfy({ $0 }) else { return nil }
    return Solution(codes: codes, grid: grid, record: SolveRecord(solver: exactName, roundingError: 0, error: 0))
  }

  private static var rowsPerTile: Int { 256 }
}
