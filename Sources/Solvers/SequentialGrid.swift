import Schemes
import Tensors

/// Fits grids during a sweep in natural order: each block of columns when the sweep reaches it, to the weights as the
/// errors of earlier columns have left them.
struct SequentialGrid {
  private let scheme: any Scheme
  private let importance: [Float]

  /// - Precondition: rows of the scheme share nothing.
  init(_ scheme: any Scheme, _ importance: [Float]) {
    precondition(!scheme.sharesRows, "\(scheme.name) fits all rows together")
    self.scheme = scheme
    self.importance = importance
  }

  /// Columns between two updates of all others: whole blocks of the scheme, so that a block is up to date when it is fitted.
  var sweepBlock: Int { scheme.columnsPerBlock * max(1, blockSize / scheme.columnsPerBlock) }

  /// Fits the block that begins at `column`, if one does.
  ///
  /// - Parameters:
  ///   - M: the factor of the damped Hessian, `[columns, columns]`.
  ///   - R: the residual of the columns that are rounded, `[columns, lanes]`.
  func fit(
    _ grid: inout TileGrid, _ tile: borrowing RowTile, _ M: borrowing Matrix, _ R: borrowing Matrix, at column: Int
  ) {
    guard column % scheme.columnsPerBlock == 0 else { return }
    let columns = column..<column + scheme.columnsPerBlock
    let free = freeWeights(tile, columns, M, R)
    for lane in 0..<tile.rows.count {
      let weights = columns.indices.map { free[$0 - column, lane] }
      let row = scheme.fit(weights.span, importance: importance.span.extracting(columns))
      grid.replace(lane, with: row, fromGroup: column / grid.columnsPerGroup)
    }
  }

  /// The weights of some columns that leave nothing of their rows of the residual: what the errors of all columns before
  /// them ask for.
  private func freeWeights(
    _ tile: borrowing RowTile, _ columns: Range<Int>, _ M: borrowing Matrix, _ R: borrowing Matrix
  ) -> Matrix {
    var residual = R.copy(rows: columns)
    var free = tile.weights.copy(rows: columns)
    for column in columns {
      let place = column - columns.lowerBound
      // The column moves by −r / M_jj.
      var weights = free.mutableRow(place)
      addMultiple(1 / M[column, column], of: residual.row(place), to: &weights)
      let row = residual.copy(rows: place..<place + 1)
      for later in column + 1..<max(column + 1, columns.upperBound) {
        var rest = residual.mutableRow(later - columns.lowerBound)
        addMultiple(-M[later, column] / M[column, column], of: row.row(0), to: &rest)
      }
    }
    return free
  }
}

extension GPTQ {
  package func obstacle(_ scheme: any Scheme) -> SolveError? {
    grids == .reached && scheme.sharesRows ? .sharedGrid(type: scheme.name) : nil
  }
}
