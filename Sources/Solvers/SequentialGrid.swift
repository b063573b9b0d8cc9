import Schemes
import Tensors

/// Fits grids during a sweep in natural order: each block of columns when the sweep reaches it, to the weights as the
/// errors of earlier columns have left them.
struct SequentialGrid {
  private let scheme: any Scheme
  private let importance: [Float]

  init(_ scheme: any Scheme, _ importance: [Float]) {
    self.scheme = scheme
    self.importance = importance
  }

  /// Columns between two updates of all others: whole blocks of the scheme, so that a block is up to date when it is fitted.
  var sweepBlock: Int { scheme.columnsPerBlock * max(1, blockSize / scheme.columnsPerBlock) }

  /// Fits the block that begins at `column`, if one does.
  ///
  /// - Parameter W: the weights that are still free, `[columns, lanes]`.
  func fit(_ grid: inout TileGrid, _ tile: borrowing RowTile, _ W: borrowing Matrix, at column: Int) {
    guard column % scheme.columnsPerBlock == 0 else { return }
    let columns = column..<column + scheme.columnsPerBlock
    for lane in 0..<tile.rows.count {
      let weights = columns.map { W[$0, lane] }
      let row = scheme.fit(weights.span, importance: importance.span.extracting(columns))
      grid.replace(lane, with: row, fromGroup: column / grid.columnsPerGroup)
    }
  }
}
