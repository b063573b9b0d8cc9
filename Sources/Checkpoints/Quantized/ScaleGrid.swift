import Schemes
import Tensors

/// The scales of a matrix, or of several that stand one behind the other: one for each block of rows and columns.
struct ScaleGrid {
  let tensor: StoredTensor
  /// Rows of one matrix.
  let rows: Int
  /// Matrices.
  let matrices: Int
  let rowsPerBlock: Int
  let columnsPerBlock: Int
  /// Scales along the rows, and along the columns, of one matrix.
  let grid: (rows: Int, columns: Int)
  /// What scales of U8 are.
  private let bytes: SmallFloat
  /// What every scale is multiplied by, or divided by.
  var factor: Factor = .none

  enum Factor {
    case none
    case times(Float)
    case over(Float)
  }

  /// - Parameters:
  ///   - tensor: `[blocks of rows, blocks of columns]`, with a side before them where there are several matrices; of U8 as
  ///     `bytes` says.
  ///   - shape: of the weights: rows and columns, with a side before them where there are several matrices.
  ///   - block: rows and columns that share a scale; a last block may have fewer.
  ///   - bytes: what scales of U8 are.
  /// - Throws: what is wrong with the tensor.
  init(
    _ tensor: StoredTensor, of shape: [Int], block: (rows: Int, columns: Int), bytes: SmallFloat = .e8m0, _ why: String
  ) throws(CheckpointError) {
    self.bytes = bytes
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    grid = ((rows - 1) / block.rows + 1, (columns - 1) / block.columns + 1)
    matrices = shape.count == 3 ? shape[0] : 1
    (self.tensor, self.rows) = (tensor, rows)
    (rowsPerBlock, columnsPerBlock) = (block.rows, block.columns)
    try PartReader.check(tensor, type: Self.types)
    let expected = Array(shape.dropLast(2)) + [grid.rows, grid.columns]
    // One scale for all, and one for each row, are also stored with fewer sides.
    let short = expected.filter { $0 != 1 }
    guard tensor.shape == expected || (tensor.shape.filter { $0 != 1 } == short && tensor.shape.count < expected.count)
    else { throw PartReader.shape(tensor, expected: "\(expected): \(why)") }
  }

  static let types = ["F32", "BF16", "F16", "F8_E4M3", "F8_E8M0", "U8"]

  /// The row of scales of a row of weights.
  func row(of row: Int) -> Int {
    let (matrix, inner) = row.quotientAndRemainder(dividingBy: rows)
    return matrix * grid.rows + inner / rowsPerBlock
  }

  /// The scales of some rows of weights, `[rows of the grid, grid.columns]`, from that of the first row to that of the last.
  ///
  /// - Throws: `.notFinite` for a scale that is no number.
  func scales(of range: Range<Int>) throws(CheckpointError) -> [Float] {
    guard !range.isEmpty else { return [] }
    let first = row(of: range.lowerBound) * grid.columns
    let stored = numbers(first..<(row(of: range.upperBound - 1) + 1) * grid.columns)
    if let place = stored.firstIndex(where: { !$0.isFinite }) {
      let (row, column) = (first + place).quotientAndRemainder(dividingBy: grid.columns)
      throw .notFinite(path: tensor.path, tensor: tensor.name, row: row, column: column, value: "\(stored[place])")
    }
    switch factor {
    case .none: return stored
    case .times(let factor): return stored.map { $0 * factor }
    case .over(let factor): return stored.map { $0 / factor }
    }
  }

  /// Some scales, in the order in which they are stored.
  private func numbers(_ places: Range<Int>) -> [Float] {
    var format: any WeightFormat = SmallFloats(bytes)
    if case .weights(let own) = tensor.storage { format = own }
    return tensor.withBytes { bytes in
      let size = format.bytesPerBlock
      var values = [Float](repeating: 0, count: places.count)
      var span = values.mutableSpan
      format.unpack(bytes.extracting(places.lowerBound * size..<places.upperBound * size), into: &span)
      return values
    }
  }
}
