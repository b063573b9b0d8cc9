import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct GridTests {
  static let levels: [Levels] = [
    .uniform(lowest: 0, count: 16), .uniform(lowest: -4, count: 8), .uniform(lowest: -127, count: 255),
    .table([-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12]), .table([-1, 3]),
  ]

  /// The search over a row finds what the search for one weight finds, halves and scales of zero included.
  @Test(arguments: levels)
  func `runs of codes are single codes`(levels: Levels) {
    var random = SeededRandom(seed: 9)
    let grid = Grid(
      levels: levels, columnsPerGroup: 16,
      rows: [
        GridRow(scales: [0.25, -0.5, 0, 1e-30], offsets: [0, 0.75, 0.5, 1]),
        GridRow(scales: [1, 2, 3, 4], offsets: [0, 0, 0, 0]),
      ])
    let weights = Matrix(rows: 2, columns: 64) { row, column in
      row == 0 ? random.gaussian() * 3 : Float(column - 32) * 0.5
    }
    let codes = grid.nearestCodes(weights)
    for row in 0..<2 {
      for column in 0..<64 {
        #expect(codes[row, column] == grid.nearestCode(weights[row, column], row: row, column: column))
      }
    }
  }

  /// No other code stands for a nearer value.
  @Test(arguments: levels)
  func `nearest codes are nearest`(levels: Levels) {
    var random = SeededRandom(seed: 10)
    let grid = Grid(levels: levels, columnsPerGroup: 16, rows: [GridRow(scales: [0.3, -0.7], offsets: [0.4, -0.1])])
    let weights = random.gaussianMatrix(rows: 1, columns: 32, scale: 4)
    let codes = grid.nearestCodes(weights)
    let values = levels.values
    for column in 0..<32 {
      let scale = grid.rows[0].scales[column / 16]
      let offset = grid.rows[0].offsets[column / 16]
      func error(_ code: Int) -> Float { abs(scale * values[code] - offset - weights[0, column]) }
      let smallest = values.indices.map(error).min() ?? 0
      #expect(error(Int(codes[0, column])) <= smallest + 1e-5)
    }
  }
}
