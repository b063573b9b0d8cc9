import LinearAlgebra
import Schemes
import Tensors

/// Other scales for each group, each with codes of its own, where scales are few and far between.
///
/// For codes that stay, another such scale is hardly ever better: all values would move at once. So each is tried with the codes that it
/// asks for: the group's columns take in turn what is best given all others, as in coordinate descent, and the change of the objective
/// is known on the way: moving one value by δ costs −2 δ g + H δ². A row takes the best scale, if that lowers the objective. So a group's
/// largest weight may be the largest level or the one before, whichever the Hessian likes better.
///
/// Cook et al., "Four Over Six: More Accurate NVFP4 Quantization with Adaptive Block Scaling" (2025), chooses between these two by the
/// error of the weights.
func retryScales(
  _ tile: borrowing RowTile, _ grid: inout TileGrid, H: borrowing Matrix, codes: inout Codes, Q: inout Matrix,
  G: inout Matrix
) {
  let steps = grid.parameters.scaleSteps
  if steps.isEmpty { return }
  for group in 0..<tile.columns / grid.columnsPerGroup {
    let block = RefitBlock(tile, grid, H, codes, groups: group..<group + 1)
    var best = BestScales(columns: block.places.count, lanes: tile.lanes)
    for step in steps {
      let scales = (0..<tile.lanes).map { grid.scale(group, $0, movedBy: step) }
      best.take(RescaledGroup(scales, block, grid, group, H, Q, G), step)
    }
    best.apply(block, &grid, group, H, &codes, &Q, &G)
  }
}

/// A group of all rows under other scales.
private struct RescaledGroup: ~Copyable {
  /// What values rise by, `[columns, lanes]`.
  let D: Matrix
  let codes: Codes
  /// By how much the objective rises, `[lanes]`.
  let change: [Float]

  init(
    _ scales: [Float], _ block: borrowing RefitBlock, _ grid: borrowing TileGrid, _ group: Int, _ H: borrowing Matrix,
    _ Q: borrowing Matrix, _ G: borrowing Matrix
  ) {
    let lanes = scales.count
    let reciprocals = scales.map { $0 == 0 ? 0 : 1 / $0 }
    let offsets = [Float](repeating: 0, count: lanes)
    var change = offsets
    var codes = Codes(rows: block.places.count, columns: lanes)
    var D = Matrix(rows: block.places.count, columns: lanes)
    var gradient = G.copy(rows: block.places)
    var target = Matrix(rows: 1, columns: lanes)
    for (row, place) in block.places.enumerated() {
      let diagonal = H[place, place]
      do {
        let slope = gradient.row(row)
        var wanted = target.mutableRow(0)
        addScaled(slope, times: 1 / diagonal, to: Q.row(place), into: &wanted)
        var rowCodes = codes.mutableRow(row)
        var values = D.mutableRow(row)
        grid.levels.round(
          target.row(0), scales.span, reciprocals.span, offsets.span, within: grid.limits(group), codes: &rowCodes,
          values: &values)
        let old = Q.row(place)
        for lane in 0..<lanes {
          let rise = values[unchecked: lane] - old[unchecked: lane]
          values[unchecked: lane] = rise
          change[lane] += rise * (diagonal * rise - 2 * slope[unchecked: lane])
        }
      }
      for later in block.places.indices.dropFirst(row + 1) {
        var next = gradient.mutableRow(later)
        addMultiple(-H[block.places[later], place], of: D.row(row), to: &next)
      }
    }
    self.change = change
    self.codes = codes
    self.D = D
  }
}

/// The best trial of each row so far.
private struct BestScales: ~Copyable {
  private var D: Matrix
  private var codes: Codes
  private var change: [Float]
  /// The step of each row's scale; 0 where it stays.
  private var steps: [Int]

  init(columns: Int, lanes: Int) {
    D = Matrix(rows: columns, columns: lanes)
    codes = Codes(rows: columns, columns: lanes)
    change = [Float](repeating: 0, count: lanes)
    steps = [Int](repeating: 0, count: lanes)
  }

  mutating func take(_ trial: borrowing RescaledGroup, _ step: Int) {
    for lane in 0..<change.count where trial.change[lane] < change[lane] {
      change[lane] = trial.change[lane]
      steps[lane] = step
      for row in 0..<D.rows {
        D[row, lane] = trial.D[row, lane]
        codes[row, lane] = trial.codes[row, lane]
      }
    }
  }

  func apply(
    _ block: borrowing RefitBlock, _ grid: inout TileGrid, _ group: Int, _ H: borrowing Matrix,
    _ target: inout Codes, _ Q: inout Matrix, _ G: inout Matrix
  ) {
    guard steps.contains(where: { $0 != 0 }) else { return }
    for lane in 0..<steps.count where steps[lane] != 0 {
      grid.moveScale(group, lane, by: steps[lane])
      for (row, place) in block.places.enumerated() { target[place, lane] = codes[row, lane] }
    }
    for (row, place) in block.places.enumerated() {
      var values = Q.mutableRow(place)
      addMultiple(1, of: D.row(row), to: &values)
    }
    var gradient = G.mutableView()
    let own = block.isWhole ? H.view(rows: 0..<D.rows) : block.rows.view(rows: 0..<D.rows)
    multiply(own, .transposed, D.view(), .plain, into: &gradient, alpha: -1, beta: 1)
  }
}
