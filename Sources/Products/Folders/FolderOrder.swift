import Models
import Schemes
import Tensors

/// Codes in the order of rows and columns that a folder has, where the decoder has another.
struct FolderOrder {
  private let storage: WeightStorage
  private let format: any WeightFormat
  private let columns: Int

  init(_ tensor: TensorPlan) {
    (storage, format, columns) = (tensor.spec.folder.storage, tensor.format, tensor.spec.columns)
  }

  /// Why codes cannot be put into that order, or nil: a scale must move with all that it is for.
  var objection: String? {
    if storage == .plain { return nil }
    guard storage.isReordered else { return storage == .transposed ? "transposed" : "in another form" }
    guard let scheme = format as? any Scheme, !scheme.sharesRows else {
      return "in another order, in which rows that share a scale would not stay together"
    }
    guard storage.columnOrder == .natural || storage.columnOrder.run % format.columnsPerBlock == 0 else {
      return "with columns in another order, of which \(storage.columnOrder.run) stay together, where "
        + "\(format.columnsPerBlock) share a scale"
    }
    return nil
  }

  /// Whether columns change their places.
  var movesColumns: Bool { storage.columnOrder != .natural }

  /// - Precondition: there is no objection.
  func ordered(_ packed: borrowing PackedRows) -> PackedRows {
    let rows = storage.rowOrder.forFile(packed)
    guard movesColumns else { return rows }
    let (width, bytes) = (format.columnsPerBlock, format.bytesPerBlock)
    var result = PackedRows(rows: rows.rows, columns: rows.columns, repeating: 0)
    for block in 0..<columns / width {
      let source = storage.columnOrder.row(block * width, of: columns) / width
      for row in 0..<rows.rows {
        for byte in 0..<bytes { result[row, block * bytes + byte] = rows[row, source * bytes + byte] }
      }
    }
    return result
  }
}
