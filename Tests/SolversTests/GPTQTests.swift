import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// The sweep alone, against the method that it computes faster.
struct GPTQTests {
  /// Rows that fill no tile of 128, exactly one, and more; columns within, at and across blocks of 128.
  @Test(
    arguments: [(1, 8), (5, 16), (128, 40), (140, 136), (3, 128), (131, 264)], ColumnOrder.allCases)
  func codesAreThoseOfOptimalBrainQuantization(shape: (rows: Int, columns: Int), order: ColumnOrder) throws {
    let problem = Problem(rows: shape.rows, columns: shape.columns)
    let solver = GPTQ(order: order, sweeps: 0)
    let oracle = OptimalBrainQuantizer(
      try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2)))
    for scheme in TestScheme.all {
      let solution = try problem.solve(solver, scheme)
      var worst = 0.0
      for row in 0..<shape.rows {
        worst = max(
          worst,
          oracle.excess(
            of: solution.codes.copy(rows: row..<row + 1).array(),
            weights: problem.weights.copy(rows: row..<row + 1).array(), grid: solution.grid.rows[row],
            levels: scheme.levels.values, columnsPerGroup: scheme.columnsPerGroup))
      }
      #expect(worst < 1e-4, "\(scheme.name)")
    }
  }

  /// Where no choice hangs on the last digits, the sweep's values are the textbook's to 1e-5 of the largest weight.
  @Test(
    arguments: [(5, 16), (128, 40), (140, 136), (131, 264)], ColumnOrder.allCases)
  func valuesAreThoseOfTheTextbook(shape: (rows: Int, columns: Int), order: ColumnOrder) throws {
    let problem = Problem(rows: shape.rows, columns: shape.columns)
    let textbook = TextbookGPTQ(problem.statistics.hessian, order, damping: 0.01)
    let largest = Double(problem.weights.array().map(abs).max() ?? 0)
    for scheme in TestScheme.all {
      let solution = try problem.solve(GPTQ(damping: 0.01, order: order, sweeps: 0, refits: 0), scheme)
      let values = solution.grid.values(solution.codes)
      var compared = 0
      for row in 0..<shape.rows {
        let expected = textbook.solve(
          problem.weights.copy(rows: row..<row + 1).array(), grid: solution.grid.rows[row],
          levels: scheme.levels.values,
          columnsPerGroup: scheme.columnsPerGroup)
        guard expected.narrowest > 1e-4 else { continue }
        compared += 1
        for column in 0..<shape.columns {
          #expect(abs(Double(values[row, column]) - expected.values[column]) <= 1e-5 * largest, "\(scheme.name)")
        }
      }
      #expect(compared > shape.rows * 3 / 4, "most rows are far from a tie, \(scheme.name)")
    }
  }

  /// The oracle must be able to say no: a single wrong code is far beyond its tolerance.
  @Test func theOracleSeesOneWrongCode() throws {
    let problem = Problem(rows: 1, columns: 24)
    let solver = GPTQ(sweeps: 0)
    let oracle = OptimalBrainQuantizer(
      try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2)))
    let solution = try problem.solve(solver, TestScheme.fourBit)
    for column in 0..<24 {
      var codes = solution.codes.array()
      codes[column] = codes[column] == 0 ? 2 : codes[column] - 1
      let excess = oracle.excess(
        of: codes, weights: problem.weights.array(), grid: solution.grid.rows[0],
        levels: TestScheme.fourBit.levels.values, columnsPerGroup: 8)
      #expect(excess > 1e-3)
    }
  }

  @Test(arguments: ColumnOrder.allCases, [0, 3])
  func withoutCorrelationsNothingCanMakeUpForAnError(order: ColumnOrder, sweeps: Int) throws {
    var random = SeededRandom(seed: 9)
    let weights = random.gaussianMatrix(rows: 130, columns: 136)
    let hessian = Matrix(rows: 136, columns: 136) { $0 == $1 ? Float(1 + $0 % 7) : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
    for scheme in TestScheme.all {
      let solution = try GPTQ(order: order, sweeps: sweeps).solve(weights, scheme, statistics, on: Workers(count: 2))
      #expect(solution.codes.array() == solution.grid.nearestCodes(weights).array())
      #expect(abs(solution.record.error / solution.record.roundingError - 1) < 1e-5)
    }
  }

  @Test func theOrderOfActivationStartsWithTheLargest() throws {
    let hessian = Matrix(rows: 8, columns: 8) { $0 == $1 ? [3, 1, 4, 1, 5, 9, 2, 6][$0] : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
    let conditioned = try statistics.conditioned(
      for: Conditioning(order: .activation, damping: 0.01), on: Workers(count: 2))
    #expect(conditioned.order == [5, 7, 4, 2, 0, 6, 1, 3])
    let natural = try statistics.conditioned(for: Conditioning(order: .natural, damping: 0.01), on: Workers(count: 2))
    #expect(natural.order == Array(0..<8))
  }

  @Test(arguments: TestScheme.all.indices)
  func theRecordsErrorsAreThoseOfASlowTrace(index: Int) throws {
    let scheme = TestScheme.all[index]
    let problem = Problem(rows: 131, columns: 136, dead: [2, 130])
    let solution = try problem.solve(GPTQ(), scheme)
    let nearest = solution.grid.values(solution.grid.nearestCodes(problem.weights))
    let error = problem.cost(of: solution.grid.values(solution.codes)) / problem.total
    let roundingError = problem.cost(of: nearest) / problem.total
    #expect(abs(solution.record.error / error - 1) < 1e-4)
    #expect(abs(solution.record.roundingError / roundingError - 1) < 1e-4)
    #expect(solution.record.error < solution.record.roundingError)
    #expect(solution.record.solver == "gptq")
  }

  @Test(arguments: [0, 2])
  func bitsDoNotDependOnWorkers(sweeps: Int) throws {
    let problem = Problem(rows: 200, columns: 72)
    let one = try problem.solve(GPTQ(sweeps: sweeps), TestScheme.threeBit, workers: 1)
    for workers in 2...3 {
      // Statistics of their own, so that the factor is computed anew.
      let other = try Problem(rows: 200, columns: 72).solve(GPTQ(sweeps: sweeps), TestScheme.threeBit, workers: workers)
      #expect(other.codes.array() == one.codes.array())
      #expect(other.record == one.record)
      #expect(other.grid.rows == one.grid.rows)
    }
  }
}
