import Schemes
import Tensors

/// Types of two worlds that have the same values: a solution for one is a solution for the other, without any loss.
struct EqualGrid {
  private let from: IntegerScheme
  let to: any Scheme

  private static let names = ["int4_g32": "q4_0", "int4_g32_bias": "q4_1"]

  /// The type of GGUF with the values of an integer type, or nil.
  init?(_ format: any WeightFormat) {
    guard let from = format as? IntegerScheme, let name = Self.names[from.name],
      let to = WeightFormats.named(name) as? any Scheme
    else { return nil }
    self.from = from
    self.to = to
  }

  /// The same codes, scales and biases in the other type's bytes, `[rows, bytesPerRow]`.
  func repack(_ packed: borrowing PackedRows, columns: Int, on workers: Workers) -> PackedRows {
    let matrix = IntegerMatrix(packed, from, columns: columns, on: workers)
    let hasBiases = matrix.kind == .biases
    let rows = (0..<matrix.rows).map { row in
      let groups = 0..<matrix.groups
      let scales = groups.map { matrix.scales[row, $0] }
      return hasBiases
        ? GridRow(scales: scales, offsets: groups.map { -matrix.biases[row, $0] }) : GridRow(scales: scales)
    }
    let grid = Grid(levels: to.levels, columnsPerGroup: to.columnsPerGroup, rows: rows)
    return to.pack(matrix.codes, grid, on: workers)
  }
}
