import LinearAlgebra
import Schemes
import Tensors

// Rows that are solved for what the loss sees of them together: the objective is tr((T − Q)ᵀ B (T − Q) A), with A the damped
// metric of the inputs and B that of the outputs. All rows are swept under A. Then tiles of rows take turns: each is visited
// while all others stay, descends, is refitted and descends again, and its gradient tells those that follow what it has left
// of the errors for them to make up for. Tiles follow each other, whatever the number of workers; products are what is shared out.
extension GPTQ {
  /// - Returns: what became of each tile; their steps' objectives are those of all rows up to it.
  func solveCoupled(
    _ weights: borrowing Matrix, aimingAt target: borrowing Matrix, isShifted: Bool, _ scheme: any Scheme, _ grid: Grid,
    _ statistics: ActivationStatistics, _ conditioned: ConditionedHessian, _ coupling: RowCoupling,
    into codes: inout Codes, _ workers: Workers
  ) -> [SolvedTile] {
    let order = conditioned.order
    let tiles = coupling.ranges.map {
      CoupledTile(rows: $0, columns: weights.columns, grid: TileGrid(grid, rows: $0, scheme))
    }
    workers.forEach(tiles.count) { index in
      let tile = tiles[index]
      tile.errors = roundingErrors(weights, tile.rows, grid, tile.grid, statistics, conditioned)
      tile.errors.dampedWeights = coupling.energy(weights, tile.rows, conditioned)
      let sequential = grids == .reached ? SequentialGrid(scheme, statistics.importance) : nil
      let aims = RowTile(target, rows: tile.rows, columnsPerGroup: grid.columnsPerGroup, order: order)
      let R = sweep(aims, &tile.grid, sequential, M: conditioned.factor, codes: &tile.codes, Q: &tile.Q)
      tile.X = gradient(R, M: conditioned.factor)
    }
    func visit(_ index: Int, isHalf: Bool = false) -> CoupledRows {
      CoupledRows(
        RowTile(target, rows: tiles[index].rows, columnsPerGroup: grid.columnsPerGroup, order: order),
        others: coupling.others(of: index, in: tiles, isHalf: isHalf, on: workers), coupling, on: workers)
    }
    // Each pair of tiles once: what tiles before say to a tile counts for both.
    let swept = tiles.indices.map { index in
      visit(index, isHalf: true).objective(tiles[index].Q, tiles[index].X)
    }
    for (tile, objective) in zip(tiles, swept) { tile.errors.steps = [objective] }
    for round in 0...refits {
      for (index, tile) in tiles.enumerated() {
        let rows = visit(index)
        var objective = rows.objective(tile.Q, tile.X)
        func note() {
          let now = rows.objective(tile.Q, tile.X)
          tile.errors.steps.append((tile.errors.steps.last ?? 0) + now - objective)
          objective = now
        }
        if round > 0 {
          refit(rows, &tile.grid, A: conditioned.hessian, codes: tile.codes, Q: &tile.Q, X: &tile.X)
          note()
        }
        descend(
          rows, tile.grid, A: conditioned.hessian, sweeps: sweeps, codes: &tile.codes, Q: &tile.Q, X: &tile.X)
        note()
      }
    }
    return codes.withDisjointRows { codes in
      workers.map(tiles.count) { index in
        let tile = tiles[index]
        measure(
          tile.Q, weights, isShifted: isShifted, target: target, tile.rows, statistics, order, &tile.errors)
        for (lane, row) in tile.rows.enumerated() {
          var rowCodes = codes.row(row)
          for place in order.indices { rowCodes[order[place]] = tile.codes[place, lane] }
        }
        return SolvedTile(
          errors: tile.errors, rows: tile.rows.indices.map { tile.grid.row($0 - tile.rows.lowerBound) })
      }
    }
  }
}
