import LinearAlgebra
import Schemes
import Tensors

/// Rounds column by column and lets the columns that are still free make up for each error, then improves codes and grid
/// in turn under the full Hessian.
///
/// Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers" (2023),
/// algorithm 1, with grids fitted beforehand so that the order of columns is free of the order of groups.
package struct GPTQ: Solver {
  /// When a group's grid is fitted.
  package enum GridTime: String, Sendable, CaseIterable {
    /// Before the sweep, to the weights as they were.
    case beforehand
    /// When the sweep reaches the group's block, to the weights as earlier columns' errors have left them. Only for
    /// columns in their natural order.
    case reached
  }

  package let conditioning: Conditioning
  /// Rounds of coordinate descent after the sweep, and after each refit.
  package let sweeps: Int
  /// Refits of the grid, each followed by coordinate descent.
  package let refits: Int
  /// How far the aim moves from the outputs of the original weights, 0, to those of the original network, 1 (GPTAQ).
  package let asymmetry: Float
  package let grids: GridTime
  package let loss: Loss?
  /// How the metric of outputs is made ready, where it is known.
  package let outputs: OutputConditioning
  /// Whether a layer whose Hessian no damping makes definite is rounded to nearest instead of being refused.
  package let fallsBackToRounding: Bool

  package static let defaultDamping = 0.01
  package static let defaultSweeps = 2
  package static let defaultRefits = 2
  package static let defaultAsymmetry = 0.5
  package static let defaultOutputs = OutputConditioning(damping: 0.01, correlation: 1)

  /// - Parameters:
  ///   - damping: added to the diagonal of H, relative to its mean; raised tenfold as often as needed.
  ///   - order: of columns.
  ///   - sweeps: rounds of coordinate descent that follow.
  ///   - refits: of the grid to the codes.
  ///   - asymmetry: how far the aim moves to the outputs of the original network, from 0 to 1; without known drift it does not.
  ///   - grids: when they are fitted.
  ///   - loss: what is to be made small; nil for the model's wherever gradients are known.
  ///   - outputs: how B, the metric of outputs, is made ready where statistics have one.
  ///   - fallsBackToRounding: whether a layer that cannot be solved is rounded.
  ///
  /// - Precondition: grids are fitted beforehand, or the order is natural.
  package init(
    damping: Float = Float(defaultDamping), order: ColumnOrder = .activation, sweeps: Int = defaultSweeps,
    refits: Int = defaultRefits, asymmetry: Float = Float(defaultAsymmetry),
    grids: GridTime = .beforehand, loss: Loss? = nil, outputs: OutputConditioning = defaultOutputs,
    fallsBackToRounding: Bool = false
  ) {
    precondition(grids == .beforehand || order == .natural, "a group is reached as a whole in the natural order alone")
    conditioning = Conditioning(order: order, damping: damping, keepsHessian: sweeps > 0 || refits > 0)
    self.sweeps = sweeps
    self.refits = refits
    self.asymmetry = asymmetry
    self.grids = grids
    self.loss = loss
    self.outputs = outputs
    self.fallsBackToRounding = fallsBackToRounding
  }

  package var name: String { "gptq" }
  package var needs: StatisticsNeed { asymmetry > 0 ? .drift : .hessian }

  package var effort: SolverEffort {
    // Products with the triangle count half: the errors of zero, of the nearest codes and of those that are chosen, and the sweep.
    var products = 2.0
    // The target, its own size and what codes miss of it.
    if asymmetry > 0 { products += 3 }
    // The gradient; a round of descent or a refit changes it everywhere.
    if conditioning.keepsHessian { products += 0.5 + Double(sweeps * (1 + refits) + refits) }
    // What other rows say to each tile: half of it after the sweep, and all at each visit.
    let isCoupled = conditioning.keepsHessian && loss != .layer && outputs.correlation > 0
    return SolverEffort(
      products: products, outputProducts: isCoupled ? 1.5 + Double(refits) : 0,
      hessianSizedBuffers: conditioning.keepsHessian ? 2 : 1)
  }

  package func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution {
    try statistics.check(rows: weights.rows, columns: weights.columns)
    let conditioned: ConditionedHessian
    do {
      conditioned = try statistics.conditioned(
        for: conditioning.grouping(scheme.columnsPerCode), on: workers)
    } catch .notPositiveDefinite(let columns, let dampings) where fallsBackToRounding {
      var solution = try RoundToNearest().solve(weights, scheme, statistics, on: workers)
      solution.record.fallback = SolveError.notPositiveDefinite(columns: columns, dampings: dampings).description
      return solution
    }
    guard asymmetry > 0, let drift = statistics.drift else {
      return try solve(weights, aimingAt: weights, isShifted: false, scheme, statistics, conditioned, workers)
    }
    let target = statistics.target(weights, drift: drift, conditioned, asymmetry: asymmetry, on: workers)
    return try solve(weights, aimingAt: target, isShifted: true, scheme, statistics, conditioned, workers)
  }

  /// - Parameters:
  ///   - target: what codes are to come near to, `[rows, columns]`.
  ///   - isShifted: whether that differs from the weights.
  private func solve(
    _ weights: borrowing Matrix, aimingAt target: borrowing Matrix, isShifted: Bool, _ scheme: any Scheme,
    _ statistics: ActivationStatistics, _ conditioned: ConditionedHessian, _ workers: Workers
  ) throws(SolveError) -> Solution {
    var grid = scheme.fit(target, importance: statistics.importance, on: workers)
    var codes = Codes(rows: weights.rows, columns: weights.columns)
    let tiles =
      if let outputs = statistics.outputs, !outputs.blocks.isEmpty, conditioning.keepsHessian,
        self.outputs.correlation > 0
      {
        solveCoupled(
          weights, aimingAt: target, isShifted: isShifted, scheme, grid, statistics, conditioned,
          RowCoupling(outputs, self.outputs), into: &codes, workers)
      } else {
        solveApart(
          weights, aimingAt: target, isShifted: isShifted, scheme, grid, statistics, conditioned, into: &codes, workers)
      }
    let record = record(tiles.map(\.errors).reduce(LayerErrors(), +), conditioned, isShifted: isShifted)
    guard record.error.isFinite, record.targetError?.isFinite ?? true else {
      throw .notFinite(columns: weights.columns)
    }
    grid.rows = tiles.flatMap(\.rows)
    return Solution(codes: codes, grid: grid, record: record)
  }

  /// Solves rows that have nothing to do with each other, a tile of them after the other. Of several ranks each solves a share of
  /// the tiles.
  private func solveApart(
    _ weights: borrowing Matrix, aimingAt target: borrowing Matrix, isShifted: Bool, _ scheme: any Scheme, _ grid: Grid,
    _ statistics: ActivationStatistics, _ conditioned: ConditionedHessian, into codes: inout Codes, _ workers: Workers
  ) -> [SolvedTile] {
    let ranges = RowTile.ranges(rows: weights.rows)
    let tiles = codes.withDisjointRows { codes in
      workers.sharedMap(ranges.count) { index in
        let rows = ranges[index]
        var tileGrid = TileGrid(grid, rows: rows, scheme)
        var errors = roundingErrors(weights, rows, grid, tileGrid, statistics, conditioned)
        let tile = RowTile(target, rows: rows, columnsPerGroup: grid.columnsPerGroup, order: conditioned.order)
        let sequential = grids == .reached ? SequentialGrid(scheme, statistics.importance) : nil
        let Q = solve(tile, &tileGrid, sequential, conditioned, &errors, into: codes)
        measure(Q, weights, isShifted: isShifted, target: target, rows, statistics, conditioned.order, &errors)
        return SolvedTile(errors: errors, rows: rows.indices.map { tileGrid.row($0 - rows.lowerBound) })
      }
    }
    workers.shareRows(of: &codes, in: ranges)
    return tiles
  }

  private func record(_ errors: LayerErrors, _ conditioned: ConditionedHessian, isShifted: Bool) -> SolveRecord {
    let names = ["sweep", "descent"] + (0..<refits).flatMap { _ in ["refit", "descent"] }
    return SolveRecord(
      solver: name, roundingError: relative(errors.rounded, to: errors.weights),
      error: relative(errors.chosen, to: errors.weights),
      targetError: isShifted ? relative(errors.missed, to: errors.target) : nil, dampingAsked: conditioning.damping,
      dampingUsed: conditioned.damping, deadColumns: conditioned.deadColumns,
      steps: zip(names, errors.steps).map { name, trace in
        SolveStep(step: name, objective: relative(trace, to: errors.dampedWeights))
      })
  }
}

extension GPTQ {
  package func tileBytes(rows: Int, columns: Int, _ scheme: any Scheme) -> Int {
    let lanes = RowTile.widest(rows: rows)
    // Target, values, errors and residual, or in the place of the last two the gradient, and a byte for each code.
    let sweeping = 17 * columns * lanes
    let refitting = 13 * columns * lanes + RefitSize.bytes(columns: columns, lanes: lanes, scheme)
    // Scale, reciprocal, offset, and what stores them.
    let grid = 28 * columns / scheme.columnsPerGroup * lanes
    return max(sweeping, refits > 0 ? refitting : 0) + grid + (scheme.vectors?.metricBytes ?? 0)
  }

  /// What there is to lose of the weights of one tile, and what rounding each to its nearest level loses.
  func roundingErrors(
    _ weights: borrowing Matrix, _ rows: Range<Int>, _ grid: Grid, _ tileGrid: borrowing TileGrid,
    _ statistics: ActivationStatistics, _ conditioned: ConditionedHessian
  ) -> LayerErrors {
    let order = conditioned.order
    let tile = RowTile(weights, rows: rows, columnsPerGroup: grid.columnsPerGroup, order: order)
    var errors = LayerErrors()
    var codes = Codes(rows: tile.columns, columns: tile.lanes)
    var Q = Matrix(rows: tile.columns, columns: tile.lanes)
    errors.weights = energy(deviation(of: Q, from: weights, rows: rows, order: order), under: statistics.hessian)
    errors.dampedWeights = errors.weights
    for column in 0..<tile.columns {
      let w = tile.weights.row(column)
      let squares = (0..<tile.lanes).reduce(0.0) { $0 + Double(w[$1]) * Double(w[$1]) }
      errors.dampedWeights += Double(conditioned.added[column]) * squares
      if grid.vectors == nil { tile.round(w, tileGrid, column: column, codes: &codes, values: &Q) }
    }
    if grid.vectors != nil { Q = vectorValues(weights, grid, rows, statistics.importance, order) }
    errors.rounded = energy(deviation(of: Q, from: weights, rows: rows, order: order), under: statistics.hessian)
    return errors
  }

  /// Measures what the values Q of a tile lose.
  func measure(
    _ Q: borrowing Matrix, _ weights: borrowing Matrix, isShifted: Bool, target: borrowing Matrix, _ rows: Range<Int>,
    _ statistics: ActivationStatistics, _ order: [Int], _ errors: inout LayerErrors
  ) {
    errors.chosen = energy(deviation(of: Q, from: weights, rows: rows, order: order), under: statistics.hessian)
    guard isShifted else { return }
    errors.missed = energy(deviation(of: Q, from: target, rows: rows, order: order), under: statistics.hessian)
    let nothing = Matrix(rows: Q.rows, columns: Q.columns)
    errors.target = energy(deviation(of: nothing, from: target, rows: rows, order: order), under: statistics.hessian)
  }

  /// The values of the vectors nearest to some rows, `[columns, lanes]` in the order of the sweep.
  private func vectorValues(
    _ weights: borrowing Matrix, _ grid: Grid, _ rows: Range<Int>, _ importance: [Float], _ order: [Int]
  ) -> Matrix {
    var values = Matrix(rows: rows.count, columns: weights.columns)
    var codes = Codes(rows: 1, columns: weights.columns)
    for (lane, row) in rows.enumerated() {
      var rowCodes = codes.mutableRow(0)
      grid.nearestCodes(weights.row(row), importance: importance.span, row: row, into: &rowCodes)
      var rowValues = values.mutableRow(lane)
      grid.forEachValue(codes.row(0), row: row) { rowValues[$0] = $1 }
    }
    return RowTile.turned(values, rows: 0..<rows.count, order: order)
  }

  /// Chooses the codes of one tile and puts them where the layer has its rows and columns.
  ///
  /// - Returns: their values, `[columns, lanes]`.
  private func solve(
    _ tile: borrowing RowTile, _ grid: inout TileGrid, _ sequential: SequentialGrid?,
    _ conditioned: ConditionedHessian, _ errors: inout LayerErrors, into result: DisjointRows<UInt8>
  ) -> Matrix {
    var codes = Codes(rows: tile.columns, columns: tile.lanes)
    var Q = Matrix(rows: tile.columns, columns: tile.lanes)
    var steps: [Double] = []
    let R = sweep(tile, &grid, sequential, M: conditioned.factor, codes: &codes, Q: &Q)
    steps.append(dampedTrace(residual: R))
    if conditioning.keepsHessian {
      var G = gradient(R, M: conditioned.factor)
      descend(tile, grid, H: conditioned.hessian, sweeps: sweeps, codes: &codes, Q: &Q, G: &G)
      steps.append(dampedTrace(tile, Q, gradient: G))
      for _ in 0..<refits {
        refit(tile, &grid, H: conditioned.hessian, codes: codes, Q: &Q, G: &G)
        retryScales(tile, &grid, H: conditioned.hessian, codes: &codes, Q: &Q, G: &G)
        steps.append(dampedTrace(tile, Q, gradient: G))
        descend(tile, grid, H: conditioned.hessian, sweeps: sweeps, codes: &codes, Q: &Q, G: &G)
        steps.append(dampedTrace(tile, Q, gradient: G))
      }
    }
    errors.steps = steps
    for (lane, row) in tile.rows.enumerated() {
      var target = result.row(row)
      for column in 0..<tile.columns { target[conditioned.order[column]] = codes[column, lane] }
    }
    return Q
  }
}

/// What became of a tile of rows.
struct SolvedTile: Sendable {
  let errors: LayerErrors
  let rows: [GridRow]
}

extension SolvedTile: Shippable {
  func pack(into parcel: inout Parcel) {
    errors.pack(into: &parcel)
    parcel.add(rows.count)
    for row in rows { row.pack(into: &parcel) }
  }

  init(from parcel: inout Parcel) {
    errors = LayerErrors(from: &parcel)
    rows = (0..<parcel.takeInt()).map { _ in GridRow(from: &parcel) }
  }
}
