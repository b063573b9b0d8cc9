import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// Rows that are solved for what the loss sees of them together.
struct CoupledRowsTests {
  static let schemes: [any Scheme] =
    GridRefitTests.schemes
    + ["iq2_xxs", "iq2_s", "iq3_xxs", "iq3_s", "iq1_s"].compactMap { WeightFormats.named($0) as? any Scheme }

  /// Rows that fill no tile, and several.
  @Test(arguments: schemes.indices, [(7, 256), (150, 512)])
  func noStepRaisesTheObjective(index: Int, shape: (rows: Int, columns: Int)) throws {
    let scheme = GridRefitTests.scheme(Self.schemes, index, columns: shape.columns)
    // Vectors take their time.
    if shape.rows > 7, scheme.columnsPerCode > 1, scheme.name != "iq3_xxs" { return }
    let problem = CoupledProblem(rows: shape.rows, columns: shape.columns)
    let steps = try problem.solve(GPTQ(sweeps: 1, refits: 2), scheme).record.steps
    #expect(steps.map(\.step) == ["sweep", "descent", "refit", "descent", "refit", "descent"])
    for (before, after) in zip(steps, steps.dropFirst()) {
      #expect(after.objective <= before.objective * (1 + 1e-6), "\(scheme.name)")
    }
    #expect(steps[5].objective < (shape.rows > 7 ? 0.95 : 1) * steps[0].objective, "\(scheme.name)")
  }

  /// The objective in the record is the one that a slow trace in double precision finds for the codes and the grid that came out.
  @Test(arguments: [0, 3, 13, schemes.count - 1], [OutputConditioning(damping: 0.01, correlation: 1), .half])
  func theLastStepIsTheSolutions(index: Int, outputs: OutputConditioning) throws {
    let problem = CoupledProblem(rows: 135, columns: 256, blocks: [0..<131, 131..<135], dead: [3])
    let solver = GPTQ(sweeps: 1, refits: 1, outputs: outputs)
    let solution = try problem.solve(solver, Self.schemes[index])
    let cost = try problem.dampedCost(of: solution.grid.values(solution.codes), solver)
    let expected = try cost / problem.dampedTotal(solver)
    let recorded = solution.record.steps.last?.objective ?? 0
    #expect(abs(recorded / expected - 1) < 1e-4)
  }

  /// The first step is the sweep under A alone.
  @Test func theFirstStepIsThatOfRowsApart() throws {
    let problem = CoupledProblem(rows: 20, columns: 64)
    let solver = GPTQ(sweeps: 1, refits: 0)
    let swept = try GPTQ(sweeps: 0, refits: 0).solve(
      problem.weights, TestScheme.threeBit, problem.apart, on: Workers(count: 2))
    let solution = try problem.solve(solver, TestScheme.threeBit)
    let expected =
      try problem.dampedCost(of: swept.grid.values(swept.codes), solver) / problem.dampedTotal(solver)
    #expect(abs((solution.record.steps.first?.objective ?? 0) / expected - 1) < 1e-4)
  }

  @Test(arguments: TestScheme.all.indices, ColumnOrder.allCases)
  func underTheIdentityCodesAreThoseOfRowsApart(index: Int, order: ColumnOrder) throws {
    let problem = Problem(rows: 150, columns: 136)
    let identity = OutputMetric(
      blocks: [OutputMetric.Block(rows: 0..<150, Matrix(rows: 150, columns: 150) { $0 == $1 ? 0.25 : 0 })], tokens: 1)
    let together = ActivationStatistics(hessian: problem.statistics.hessian.copy(), outputs: identity, tokens: 1)
    let solver = GPTQ(order: order, outputs: OutputConditioning(damping: 0, correlation: 1))
    let one = try problem.solve(solver, TestScheme.all[index])
    let other = try solver.solve(problem.weights, TestScheme.all[index], together, on: Workers(count: 2))
    #expect(one.codes.array() == other.codes.array())
    #expect(one.grid.rows == other.grid.rows)
  }

  @Test func underTheIdentityVectorsAreThoseOfRowsApart() throws {
    let scheme = try VectorCodesTests.scheme("iq2_xs")
    let problem = Problem(rows: 5, columns: 256)
    let identity = OutputMetric(
      blocks: [OutputMetric.Block(rows: 0..<5, Matrix(rows: 5, columns: 5) { $0 == $1 ? 2 : 0 })], tokens: 1)
    let together = ActivationStatistics(hessian: problem.statistics.hessian.copy(), outputs: identity, tokens: 1)
    let solver = GPTQ(outputs: OutputConditioning(damping: 0, correlation: 1))
    let one = try problem.solve(solver, scheme)
    let other = try solver.solve(problem.weights, scheme, together, on: Workers(count: 2))
    #expect(one.codes.array() == other.codes.array())
  }

  /// Two rows of three weights of two bits: 4096 pairs of rows.
  @Test func betweenTheBestOfAllCodesAndRowsApart() throws {
    let scheme = TestScheme(levels: .uniform(lowest: 0, count: 4), columnsPerGroup: 3)
    let solver = GPTQ(sweeps: 20, refits: 0)
    var sums = (best: 0.0, found: 0.0, apart: 0.0)
    for seed in 1...30 {
      let problem = CoupledProblem(rows: 2, columns: 3, seed: UInt64(seed))
      let solution = try problem.solve(solver, scheme)
      let grid = solution.grid
      let costs = try (0..<4096).map { number in
        try problem.dampedCost(
          of: grid.values(Codes(rows: 2, columns: 3) { UInt8(number >> (6 * $0 + 2 * $1) & 3) }), solver)
      }
      let best = try #require(costs.min())
      let found = try problem.dampedCost(of: grid.values(solution.codes), solver)
      let apart = try solver.solve(problem.weights, scheme, problem.apart, on: Workers(count: 1))
      #expect(best <= found * (1 + 1e-9))
      sums.best += best
      sums.found += found
      sums.apart += try problem.dampedCost(of: apart.grid.values(apart.codes), solver)
    }
    // With so few codes descent is often caught where two of them would have to change at once.
    #expect(sums.found < 0.9 * sums.apart, "\(sums)")
    #expect(sums.found <= 1.25 * sums.best, "\(sums)")
  }

  /// How much the best change of one code would lower the objective, in units of a step of the grid: nothing.
  @Test(arguments: TestScheme.all.indices, [(6, 24), (131, 24)])
  func atItsEndNoSingleCodeChangeHelps(index: Int, shape: (rows: Int, columns: Int)) throws {
    let scheme = TestScheme.all[index]
    let problem = CoupledProblem(rows: shape.rows, columns: shape.columns)
    let solver = GPTQ(sweeps: 100, refits: 8)
    let solution = try problem.solve(solver, scheme)
    let conditioned = try problem.together.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let B = problem.conditionedB(solver.outputs)
    let values = solution.grid.values(solution.codes)
    let order = conditioned.order
    let delta = (0..<shape.rows).map { row in
      order.map { Double(problem.weights[row, $0]) - Double(values[row, $0]) }
    }
    let right = delta.map { row in
      order.indices.map { place in order.indices.reduce(0.0) { $0 + row[$1] * Double(conditioned.hessian[$1, place]) } }
    }
    for row in 0..<shape.rows {
      for place in order.indices {
        let group = order[place] / scheme.columnsPerGroup
        let (scale, offset) = (solution.grid.rows[row].scales[group], solution.grid.rows[row].offsets[group])
        let gradient = (0..<shape.rows).reduce(0.0) { $0 + B[row][$1] * right[$1][place] }
        let curvature = B[row][row] * Double(conditioned.hessian[place, place])
        for level in scheme.levels.values {
          let change = Double(scale * level - offset) - Double(values[row, order[place]])
          let gain = 2 * change * gradient - change * change * curvature
          #expect(change == 0 || gain < 1e-4 * curvature * Double(scale) * Double(scale))
        }
      }
    }
  }

  /// Rows in another order are solved as well, though not alike: each still aims at what the others leave.
  @Test func theOrderOfRowsMattersLittle() throws {
    let plain = CoupledProblem(rows: 140, columns: 64)
    let order = Array((0..<140).reversed())
    let turned = CoupledProblem(rows: 140, columns: 64, order: order)
    let solver = GPTQ()
    let one = try plain.solve(solver, TestScheme.threeBit)
    let other = try turned.solve(solver, TestScheme.threeBit)
    let first = try plain.dampedCost(of: one.grid.values(one.codes), solver)
    let second = try turned.dampedCost(of: other.grid.values(other.codes), solver)
    #expect(abs(first / second - 1) < 0.1)
    // In its own order the second is no better or worse in the eyes of the first.
    let values = other.grid.values(other.codes)
    let back = Matrix(rows: 140, columns: 64) { values[139 - $0, $1] }
    #expect(abs(try plain.dampedCost(of: back, solver) / second - 1) < 1e-6)
  }

  @Test func bitsDoNotDependOnWorkers() throws {
    let problem = CoupledProblem(rows: 300, columns: 520, blocks: [0..<160, 160..<300])
    let one = try problem.solve(GPTQ(sweeps: 1, refits: 1), TestScheme.threeBit, workers: 1)
    for workers in 2...3 {
      let other = try problem.solve(GPTQ(sweeps: 1, refits: 1), TestScheme.threeBit, workers: workers)
      #expect(other.codes.array() == one.codes.array())
      #expect(other.record == one.record)
      #expect(other.grid.rows == one.grid.rows)
    }
  }

  /// Rows of different blocks have nothing to do with each other: each block is solved as a layer of its own would be.
  @Test func blocksAreLayersOfTheirOwn() throws {
    let blocks = [0..<20, 20..<32]
    let problem = CoupledProblem(rows: 32, columns: 64, blocks: blocks)
    // Dampings relative to means of their own would differ.
    let solver = GPTQ(outputs: OutputConditioning(damping: 0, correlation: 1))
    let whole = try problem.solve(solver, TestScheme.fourBit)
    for (block, rows) in zip(problem.metric.blocks, blocks) {
      let metric = OutputMetric(
        blocks: [OutputMetric.Block(rows: 0..<rows.count, block.matrix.matrix.copy())], tokens: 1)
      let statistics = ActivationStatistics(hessian: problem.apart.hessian.copy(), outputs: metric, tokens: 1)
      let own = try solver.solve(
        problem.weights.copy(rows: rows), TestScheme.fourBit, statistics, on: Workers(count: 1))
      let (a, b) = (whole.grid.values(whole.codes).copy(rows: rows).array(), own.grid.values(own.codes).array())
      // Units differ, and with them the last digits: a tie may fall the other way.
      #expect(zip(a, b).count { $0 != $1 } <= 2)
    }
  }

  /// Without correlations, or under a damping that outweighs them, rows are as if they were apart.
  @Test(arguments: [OutputConditioning(damping: 0, correlation: 0), OutputConditioning(damping: 1e7, correlation: 1)])
  func uncoupledRowsAreApart(outputs: OutputConditioning) throws {
    let problem = CoupledProblem(rows: 40, columns: 64)
    let solver = GPTQ(outputs: outputs)
    let together = try problem.solve(solver, TestScheme.threeBit)
    let apart = try solver.solve(problem.weights, TestScheme.threeBit, problem.apart, on: Workers(count: 2))
    #expect(zip(together.codes.array(), apart.codes.array()).count { $0 != $1 } <= 3)
  }

  /// A metric of the diagonal alone says nothing of one row beside another: codes are those of rows apart, bit for bit.
  @Test func rowWeightsChangeNothing() throws {
    let problem = Problem(rows: 30, columns: 40)
    let weighted = ActivationStatistics(
      hessian: problem.statistics.hessian.copy(),
      outputs: OutputMetric(rowWeights: (0..<30).map { Float($0) }, tokens: 1), tokens: problem.statistics.tokens)
    let one = try problem.solve(GPTQ(), TestScheme.threeBit)
    let other = try GPTQ().solve(problem.weights, TestScheme.threeBit, weighted, on: Workers(count: 2))
    #expect(one.codes.array() == other.codes.array())
    #expect(one.record == other.record)
  }

  @Test func outputsThatTheLossNeverSawAreSolvedAllTheSame() throws {
    let problem = CoupledProblem(rows: 12, columns: 64, dead: [0, 5])
    for damping in [Float(0), 0.01] {
      let solver = GPTQ(outputs: OutputConditioning(damping: damping, correlation: 1))
      let solution = try problem.solve(solver, TestScheme.fourBit)
      let apart = try solver.solve(problem.weights, TestScheme.fourBit, problem.apart, on: Workers(count: 2))
      for row in [0, 5] {
        let (a, b) = (solution.codes.copy(rows: row..<row + 1).array(), apart.codes.copy(rows: row..<row + 1).array())
        #expect(zip(a, b).count { $0 != $1 } <= 2)
      }
    }
    let silent = CoupledProblem(rows: 12, columns: 64, dead: Set(0..<12))
    let solution = try silent.solve(GPTQ(), TestScheme.fourBit)
    let apart = try GPTQ().solve(silent.weights, TestScheme.fourBit, silent.apart, on: Workers(count: 2))
    #expect(zip(solution.codes.array(), apart.codes.array()).count { $0 != $1 } <= 2)
  }

  @Test func metricsThatDoNotFitAreRefused() throws {
    let problem = Problem(rows: 6, columns: 16)
    func solve(_ B: consuming Matrix) throws -> Solution {
      let metric = OutputMetric(blocks: [OutputMetric.Block(rows: 0..<B.rows, B)], tokens: 1)
      let statistics = ActivationStatistics(hessian: problem.statistics.hessian.copy(), outputs: metric, tokens: 1)
      return try GPTQ().solve(problem.weights, TestScheme.fourBit, statistics, on: Workers(count: 1))
    }
    #expect(throws: SolveError.outputs(rows: 6, statistics: 5)) {
      _ = try solve(Matrix(rows: 5, columns: 5) { $0 == $1 ? 1 : 0 })
    }
    #expect(throws: SolveError.notFinite(columns: 16)) {
      _ = try solve(Matrix(rows: 6, columns: 6) { $0 == 4 && $1 == 2 ? .nan : 1 })
    }
    #expect(SolveError.outputs(rows: 6, statistics: 5).description.contains("6 rows"))
  }

  /// Columns in another order, and a solver that aims at other weights, have the same other side.
  @Test func sortedColumnsAndShiftedTargetsAreSolvedTogether() throws {
    let problem = CoupledProblem(rows: 24, columns: 64)
    let sorted = try SortedColumns(GPTQ()).solve(
      problem.weights, TestScheme.fourBit, problem.together, on: Workers(count: 2))
    let order = sorted.columnOrder ?? []
    #expect(order.count == 64)
    let values = sorted.grid.values(sorted.codes)
    let natural = Matrix(rows: 24, columns: 64) { row, column in
      values[row, order.firstIndex(of: column) ?? 0]
    }
    let apart = try SortedColumns(GPTQ()).solve(
      problem.weights, TestScheme.fourBit, problem.apart, on: Workers(count: 2))
    let apartValues = apart.grid.values(apart.codes)
    let apartNatural = Matrix(rows: 24, columns: 64) { apartValues[$0, order.firstIndex(of: $1) ?? 0] }
    #expect(
      try problem.dampedCost(of: natural, GPTQ()) < 0.95 * problem.dampedCost(of: apartNatural, GPTQ()))

    var random = SeededRandom(seed: 4)
    let noise = random.gaussianMatrix(rows: 64, columns: 64)
    let drift = Matrix(rows: 64, columns: 64) { 0.05 * noise[$0, $1] }
    let shifted = ActivationStatistics(
      hessian: problem.apart.hessian.copy(), drift: SharedMatrix(drift), outputs: problem.metric, tokens: 1)
    let solver = GPTQ(asymmetry: 1)
    let solution = try solver.solve(problem.weights, TestScheme.fourBit, shifted, on: Workers(count: 2))
    #expect(solution.record.targetError != nil)
    let steps = solution.record.steps.map(\.objective)
    for (before, after) in zip(steps, steps.dropFirst()) { #expect(after <= before * (1 + 1e-6)) }
    #expect(steps[5] < 0.95 * steps[0])
  }
}

struct OutputSampleTests {
  /// Each row as often as its share of the diagonal says.
  @Test func rowsAreTakenByTheirShare() {
    let metric = OutputMetric(rowWeights: [4, 0, 1, 2, 1], tokens: 1)
    #expect(metric.total == 8)
    #expect(metric.sample(rows: 8) == [0, 0, 0, 0, 2, 3, 3, 4])
    let some = OutputMetric(rowWeights: (0..<1000).map { Float($0 % 7) }, tokens: 1).sample(rows: 100)
    #expect(some.count == 100 && some.allSatisfy { $0 % 7 != 0 } && some == some.sorted())
  }

  @Test func withoutWeightsTheyStandAtEqualDistances() {
    let metric = OutputMetric(rowWeights: [Float](repeating: 0, count: 10), tokens: 1)
    #expect(metric.sample(rows: 5) == [0, 2, 4, 6, 8])
    #expect(metric.sample(rows: 20) == Array(0..<10))
  }
}

extension OutputConditioning {
  static let half = OutputConditioning(damping: 0.1, correlation: 0.5)
}
