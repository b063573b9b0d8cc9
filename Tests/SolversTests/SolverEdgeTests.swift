import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// Inputs at the edge of what can be solved, for every solver.
struct SolverEdgeTests {
  private static let solvers: [any Solver] = [
    RoundToNearest(), GPTQ(), GPTQ(order: .natural, sweeps: 0), GPTQ(order: .natural, grids: .reached),
  ]
  private let workers = Workers(count: 2)

  @Test func roundingTakesTheNearestCodes() throws {
    let problem = Problem(rows: 131, columns: 40, dead: [3])
    for scheme in TestScheme.all {
      let solution = try problem.solve(RoundToNearest(), scheme)
      #expect(solution.codes.array() == solution.grid.nearestCodes(problem.weights).array())
      let error = problem.cost(of: solution.grid.values(solution.codes)) / problem.total
      #expect(abs(solution.record.error / error - 1) < 1e-5)
      #expect(
        solution.record
          == SolveRecord(solver: "rtn", roundingError: solution.record.error, error: solution.record.error))
    }
  }

  @Test(arguments: ColumnOrder.allCases, [0, 2])
  func deadColumnsAreRoundedByThemselves(order: ColumnOrder, sweeps: Int) throws {
    let dead: Set = [0, 7, 130]
    let problem = Problem(rows: 129, columns: 136, dead: dead)
    let solution = try problem.solve(GPTQ(order: order, sweeps: sweeps), TestScheme.threeBit)
    #expect(solution.record.deadColumns == 3)
    for row in 0..<65 {
      for column in dead {
        let nearest = solution.grid.nearestCode(problem.weights[row, column], row: row, column: column)
        #expect(solution.codes[row, column] == nearest)
      }
    }
  }

  @Test func inputsThatWereNeverSeenLoseNothing() throws {
    let statistics = ActivationStatistics(hessian: Matrix(rows: 16, columns: 16), tokens: 0)
    let weights = Problem(rows: 3, columns: 16).weights.copy()
    for solver in Self.solvers {
      let solution = try solver.solve(weights, TestScheme.fourBit, statistics, on: workers)
      #expect(solution.codes.array() == solution.grid.nearestCodes(weights).array())
      #expect(solution.record.error == 0 && solution.record.roundingError == 0)
    }
  }

  /// Four tokens of ±1 in powers of two: every sum is exact, so the rank is exactly 1.
  @Test func dampingRisesUntilTheHessianIsDefinite() throws {
    var gram = GramMatrix(size: 16)
    gram.add(Matrix(rows: 4, columns: 16) { $0 % 2 == $1 % 2 ? 1 : -1 }, on: workers)
    let statistics = ActivationStatistics(gram, on: Workers(count: 2))
    let weights = Problem(rows: 3, columns: 16).weights.copy()
    let solution = try GPTQ(damping: 0).solve(weights, TestScheme.fourBit, statistics, on: workers)
    #expect(solution.record.dampingAsked == 0)
    #expect(solution.record.dampingUsed == 1e-4)
    #expect(solution.record.error < solution.record.roundingError)
    let asked = try GPTQ(damping: 0.02).solve(weights, TestScheme.fourBit, statistics, on: workers)
    #expect(asked.record.dampingAsked == 0.02)
    #expect(asked.record.dampingUsed == 0.02)
  }

  @Test func anIndefiniteHessianIsRefusedWithAllDampings() {
    let hessian = Matrix(rows: 8, columns: 8) { $0 == $1 ? 1 : 5 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
    let weights = Matrix(rows: 1, columns: 8, repeating: 1)
    let error = #expect(throws: SolveError.self) {
      _ = try GPTQ(damping: 0.01).solve(weights, TestScheme.fourBit, statistics, on: workers)
    }
    guard case .notPositiveDefinite(columns: 8, let dampings) = error else {
      Issue.record("expected the Hessian to be refused, not \(String(describing: error))")
      return
    }
    #expect(dampings.count == 3)
    #expect(zip(dampings, [0.01, 0.1, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(error?.description.contains("8 inputs is not positive definite") == true)
  }

  @Test func aHessianThatIsRefusedIsRoundedOnlyWhereThatIsAskedFor() throws {
    let statistics = ActivationStatistics(hessian: Matrix(rows: 8, columns: 8) { $0 == $1 ? 1 : 5 }, tokens: 1)
    let weights = Problem(rows: 3, columns: 8).weights.copy()
    let solution = try GPTQ(fallsBackToRounding: true).solve(weights, TestScheme.fourBit, statistics, on: workers)
    #expect(solution.codes.array() == solution.grid.nearestCodes(weights).array())
    #expect(solution.record.solver == "rtn")
    #expect(solution.record.fallback?.contains("not positive definite") == true)
    #expect(
      try Problem(rows: 3, columns: 8).solve(GPTQ(fallsBackToRounding: true), TestScheme.fourBit).record.fallback == nil
    )
  }

  /// Inputs that differ by twelve orders of magnitude.
  @Test(arguments: ColumnOrder.allCases)
  func aBadlyScaledHessianIsSolvedWithTheDampingAskedFor(order: ColumnOrder) throws {
    var random = SeededRandom(seed: 31)
    var inputs = random.gaussianMatrix(rows: 300, columns: 24)
    for token in 0..<300 {
      for column in 0..<24 {
        inputs[token, column] *= Float(sign: .plus, exponent: column * 2 % 40 - 20, significand: 1)
      }
    }
    var gram = GramMatrix(size: 24)
    gram.add(inputs, on: workers)
    let weights = random.gaussianMatrix(rows: 9, columns: 24)
    let solution = try GPTQ(order: order).solve(
      weights, TestScheme.threeBit, ActivationStatistics(gram, on: Workers(count: 2)), on: workers)
    #expect(solution.record.dampingUsed == 0.01)
    #expect(solution.record.error.isFinite && solution.record.error <= solution.record.roundingError)
    #expect(solution.grid.values(solution.codes).firstNonFinite() == nil)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [(0, 0), (2, 5)])
  func aHessianThatIsNotFiniteIsRefused(value: Float, place: (Int, Int)) {
    for solver in Self.solvers {
      var hessian = Matrix(rows: 8, columns: 8) { $0 == $1 ? 1 : 0 }
      hessian[place.0, place.1] = value
      hessian[place.1, place.0] = value
      let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
      #expect(throws: SolveError.notFinite(columns: 8)) {
        _ = try solver.solve(Matrix(rows: 1, columns: 8), TestScheme.fourBit, statistics, on: workers)
      }
    }
  }

  @Test func statisticsOfOtherInputsAreRefused() {
    let statistics = Problem(rows: 1, columns: 16).statistics
    for solver in Self.solvers {
      #expect(throws: SolveError.shape(columns: 8, statistics: 16)) {
        _ = try solver.solve(Matrix(rows: 1, columns: 8), TestScheme.fourBit, statistics, on: workers)
      }
    }
  }

  @Test func groupsWithoutAScaleStayWhereTheyAre() throws {
    let problem = Problem(rows: 4, columns: 24)
    var weights = problem.weights.copy()
    for column in 8..<16 {
      weights[1, column] = 0
      weights[2, column] = 0.5
    }
    // Grids that are fitted during the sweep see what earlier errors add to such a group.
    for solver in Self.solvers where (solver as? GPTQ)?.grids != .reached {
      for scheme in TestScheme.all {
        let solution = try solver.solve(weights, scheme, problem.statistics, on: workers)
        let values = solution.grid.values(solution.codes)
        #expect(values.firstNonFinite() == nil)
        #expect((8..<16).allSatisfy { values[1, $0] == 0 })
        #expect(solution.record.error.isFinite)
        guard case .uniform = scheme.levels else { continue }
        #expect((8..<16).allSatisfy { values[2, $0] == 0.5 })
      }
    }
  }

  @Test func weightsOfZeroLoseNothing() throws {
    let statistics = Problem(rows: 1, columns: 16).statistics
    for solver in Self.solvers {
      let solution = try solver.solve(Matrix(rows: 3, columns: 16), TestScheme.codebook, statistics, on: workers)
      #expect(solution.record.error == 0 && solution.record.roundingError == 0)
      #expect(solution.grid.values(solution.codes).array().allSatisfy { $0 == 0 })
    }
  }

  @Test func noRowsNeedNoCodes() throws {
    let statistics = Problem(rows: 1, columns: 16).statistics
    for solver in Self.solvers {
      let solution = try solver.solve(Matrix(rows: 0, columns: 16), TestScheme.fourBit, statistics, on: workers)
      #expect(solution.codes.count == 0)
      #expect(solution.record.error == 0)
    }
  }

  @Test func errorsSayWhatToDo() {
    #expect(
      SolveError.shape(columns: 8, statistics: 16).description == "has 8 columns, but the statistics are of 16 inputs")
    #expect(SolveError.notFinite(columns: 8).description.contains("look for activations that overflow"))
    #expect(SolveError.notPositiveDefinite(columns: 8, dampings: []).description.contains("calibrate on more"))
  }
}
