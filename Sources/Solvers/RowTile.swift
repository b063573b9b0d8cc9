import LinearAlgebra
import Schemes
import Tensors

/// A few rows of a problem, turned so that the rows of one column lie side by side: every loop over `lanes` is one that
/// the processor can do at once.
///
/// Columns stand in the order of the sweep.
struct RowTile: ~Copyable {
  let rows: Range<Int>
  /// As many as rows, and zero rows that fill up whole vectors.
  let lanes: Int
  let columns: Int
  /// Weights, `[columns, lanes]`.
  var weights: Matrix
  /// The group of each column of the sweep.
  let groups: [Int]
  /// The place in the sweep of each column.
  private let placeOfColumn: [Int]

  /// Rows that are worked on together: many of a large matrix, since every product copies a part of the Hessian; of a small
  /// one so few that there are several tiles.
  static func ranges(rows: Int) -> [Range<Int>] {
    let side = rows >= 1024 ? 256 : 128
    return stride(from: 0, to: rows, by: side).map { $0..<min(rows, $0 + side) }
  }

  /// Bytes of the tile of most lanes with columns of Float32, and some rows of products.
  static func bytes(rows: Int, columns: Int, _ products: Int) -> Int {
    4 * (columns + 2 * products) * widest(rows: rows)
  }

  /// Lanes of the widest tile.
  static func widest(rows: Int) -> Int { ranges(rows: rows).map(lanes).max() ?? 0 }

  /// The lanes of a tile of some rows.
  static func lanes(_ rows: Range<Int>) -> Int { (rows.count + 15) / 16 * 16 }

  init(_ weights: borrowing Matrix, rows: Range<Int>, columnsPerGroup: Int, order: [Int]) {
    let lanes = Self.lanes(rows)
    self.rows = rows
    self.lanes = lanes
    columns = weights.columns
    groups = order.map { $0 / columnsPerGroup }
    var placeOfColumn = [Int](repeating: 0, count: order.count)
    for (place, column) in order.enumerated() { placeOfColumn[column] = place }
    self.placeOfColumn = placeOfColumn
    self.weights = Self.turned(weights, rows: rows, order: order)
  }

  /// Some rows side by side, `[columns, lanes]`, with columns in an order.
  static func turned(_ weights: borrowing Matrix, rows: Range<Int>, order: [Int]) -> Matrix {
    let lanes = lanes(rows)
    var turned = Matrix(rows: weights.columns, columns: lanes)
    let source = weights.view(rows: rows)
    var target = turned.mutableElements
    // Sixteen rows at a time: a column of theirs fills a line of the cache.
    for first in stride(from: 0, to: rows.count, by: 16) {
      for (place, column) in order.enumerated() {
        for lane in first..<min(first + 16, rows.count) {
          target[unchecked: place * lanes + lane] = source.base[lane * source.stride + column]
        }
      }
    }
    return turned
  }

  /// The places in the sweep of some columns of the layer.
  func places(of columns: Range<Int>) -> [Int] { columns.map { placeOfColumn[$0] } }

  /// Rounds one column to its grid.
  ///
  /// - Parameters:
  ///   - targets: `[lanes]`, what the weights should be.
  ///   - column: the place in the sweep.
  ///   - codes: `[columns, lanes]`, receives the codes in that row.
  ///   - values: `[columns, lanes]`, receives the values that the codes stand for.
  func round(
    _ targets: Span<Float>, _ grid: borrowing TileGrid, column: Int, codes: inout Codes, values: inout Matrix
  ) {
    let group = groups[column]
    var columnCodes = codes.mutableRow(column)
    var columnValues = values.mutableRow(column)
    grid.levels.round(
      targets, grid.scales.row(group), grid.reciprocals.row(group), grid.offsets.row(group),
      within: grid.limits(group), codes: &columnCodes, values: &columnValues)
  }
}

/// Levels laid out for rounding many values at once.
struct LevelTable {
  private let isUniform: Bool
  private let values: [Float]
  /// Halfway points between neighbouring levels.
  private let midpoints: [Float]

  init(_ levels: Levels) {
    values = levels.values
    midpoints = zip(values, values.dropFirst()).map { 0.5 * ($0 + $1) }
    if case .uniform = levels { isUniform = true } else { isUniform = false }
  }

  /// The lowest and the highest level.
  var ends: (low: Float, high: Float) { (values[0], values[values.count - 1]) }

  /// The level of a code.
  subscript(code: UInt8) -> Float { values[Int(code)] }

  /// - Parameter limits: the uniform levels that may be used.
  func round(
    _ targets: Span<Float>, _ scale: Span<Float>, _ reciprocal: Span<Float>, _ offset: Span<Float>,
    within limits: (low: Float, high: Float), codes: inout MutableSpan<UInt8>, values result: inout MutableSpan<Float>
  ) {
    let lanes = result.count
    precondition(
      targets.count == lanes && scale.count == lanes && reciprocal.count == lanes && offset.count == lanes
        && codes.count == lanes)
    if isUniform {
      let first = values[0]
      let (lowest, highest) = limits
      // Adding 1.5 · 2²³ leaves no bit for a fraction, so the sum is rounded to an integer that its low bits spell.
      let magic: Float = 12_582_912
      for lane in 0..<lanes {
        let target = (targets[unchecked: lane] + offset[unchecked: lane]) * reciprocal[unchecked: lane]
        let raised = target > lowest ? target : lowest
        let level = ((raised < highest ? raised : highest) + magic) - magic
        result[unchecked: lane] = scale[unchecked: lane] * level - offset[unchecked: lane]
        let code = (level - first) + magic
        codes[unchecked: lane] = UInt8(truncatingIfNeeded: code.bitPattern)
      }
    } else {
      for lane in 0..<lanes {
        let target = (targets[unchecked: lane] + offset[unchecked: lane]) * reciprocal[unchecked: lane]
        var code = 0
        for midpoint in midpoints { code += target > midpoint ? 1 : 0 }
        result[unchecked: lane] = scale[unchecked: lane] * values[code] - offset[unchecked: lane]
        codes[unchecked: lane] = UInt8(truncatingIfNeeded: code)
      }
    }
  }

  /// The same for one value, bit for bit.
  func round(
    _ target: Float, _ scale: Float, _ reciprocal: Float, _ offset: Float, within limits: (low: Float, high: Float)
  ) -> (code: UInt8, value: Float) {
    let target = (target + offset) * reciprocal
    guard isUniform else {
      var code = 0
      for midpoint in midpoints { code += target > midpoint ? 1 : 0 }
      return (UInt8(truncatingIfNeeded: code), scale * values[code] - offset)
    }
    let magic: Float = 12_582_912
    let (lowest, highest) = limits
    let raised = target > lowest ? target : lowest
    let level = ((raised < highest ? raised : highest) + magic) - magic
    let code = (level - values[0]) + magic
    return (UInt8(truncatingIfNeeded: code.bitPattern), scale * level - offset)
  }
}
