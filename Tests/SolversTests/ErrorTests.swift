import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// The errors of a record are those of a slow trace under the Hessian as it was observed, whatever was added to solve it.
struct ErrorTests {
  private static let solvers: [any Solver] = [
    RoundToNearest(), GPTQ(), GPTQ(damping: 1), GPTQ(damping: 30), GPTQ(damping: 1, sweeps: 0, refits: 0),
    GPTQ(order: .natural, grids: .reached), SortedColumns(GPTQ(damping: 1)),
  ]

  /// Fewer tokens than columns, so that solvers find directions that cost nothing: what damping adds is then far more than all
  /// that the Hessian says of the codes.
  @Test(arguments: solvers.indices, [3, 300])
  func dampingTakesNothingOffTheError(index: Int, tokens: Int) throws {
    let problem = Problem(rows: 70, columns: 136, tokens: tokens, dead: [5])
    let solver = Self.solvers[index]
    for scheme in [TestScheme.fourBit, TestScheme.codebook] {
      guard solver.obstacle(scheme) == nil else { continue }
      let solution = try problem.solve(solver, scheme)
      var values = solution.grid.values(solution.codes)
      if let order = solution.columnOrder {
        var restored = Matrix(rows: values.rows, columns: values.columns)
        for row in 0..<values.rows {
          for (place, column) in order.enumerated() { restored[row, column] = values[row, place] }
        }
        values = restored
      }
      let error = problem.cost(of: values) / problem.total
      // Where next to nothing is left, Float32 products say so to the last digits of what rounding leaves.
      let off = abs(solution.record.error - error)
      #expect(off < 1e-3 * error + 1e-6 * solution.record.roundingError, "\(solution.record.error) \(error)")
      #expect(solution.record.error > 0 && solution.record.targetError == nil)
    }
  }

  /// With drift, the error is that of the weights, as for every other solver, and beside it stands that of what was aimed at.
  @Test(arguments: [Float(0.5), 1])
  func bothErrorsAreKnownWhereTheAimMoves(asymmetry: Float) throws {
    let problem = Problem(rows: 33, columns: 40)
    var random = SeededRandom(seed: 12)
    let columns = 40
    let drift = random.gaussianMatrix(rows: columns, columns: columns, scale: 0.4)
    let statistics = ActivationStatistics(
      hessian: problem.statistics.hessian.copy(), drift: SharedMatrix(drift.copy()), tokens: 80)
    let workers = Workers(count: 2)
    let solver = GPTQ(order: .natural, asymmetry: asymmetry)
    let solution = try solver.solve(problem.weights, TestScheme.fourBit, statistics, on: workers)
    let values = solution.grid.values(solution.codes)
    let error = problem.cost(of: values) / problem.total
    #expect(abs(solution.record.error / error - 1) < 1e-4)
    // W + a W D (H + λ)⁻¹
    let conditioned = try statistics.conditioned(for: solver.conditioning, on: workers)
    var shift = product(problem.weights, drift, on: workers)
    LinearAlgebra.solve(&shift, factor: conditioned.factor, on: workers)
    let target = Matrix(rows: 33, columns: columns) { problem.weights[$0, $1] + asymmetry * shift[$0, $1] }
    let targetError = try #require(solution.record.targetError)
    let expected =
      trace(target, less: values, statistics.hessian)
      / trace(target, less: Matrix(rows: 33, columns: columns), statistics.hessian)
    #expect(abs(targetError / expected - 1) < 1e-3, "\(targetError) \(expected)")
    #expect(targetError < 0.7 * error, "\(targetError) \(error)")
    let rounding = problem.cost(of: solution.grid.values(solution.grid.nearestCodes(problem.weights)))
    #expect(solution.record.roundingError > 0 && rounding > 0)
  }

  /// tr((T − Q) H (T − Q)ᵀ)
  private func trace(_ T: borrowing Matrix, less Q: borrowing Matrix, _ H: borrowing Matrix) -> Double {
    var sum = 0.0
    for row in 0..<T.rows {
      for i in 0..<T.columns {
        for j in 0..<T.columns {
          sum += Double(T[row, i] - Q[row, i]) * Double(H[i, j]) * Double(T[row, j] - Q[row, j])
        }
      }
    }
    return sum
  }

  /// Weights of nothing where the text has something, in a type that cannot say so: all of the output is error, and that is no
  /// reason to end a run.
  @Test(arguments: [0, 1, 2])
  func besideAnOutputOfNothingAnyErrorIsAllOfIt(index: Int) throws {
    let scheme = TestScheme(levels: .table([-1, 1]), columnsPerGroup: 8)
    let solver: any Solver = [RoundToNearest(), GPTQ(), GPTQ(sweeps: 0, refits: 0)][index]
    // Half the columns of each group were never seen, and the weights of the others are zero.
    let hessian = Matrix(rows: 16, columns: 16) { $0 == $1 && $0 % 8 < 4 ? 2 : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 5)
    var weights = Matrix(rows: 2, columns: 16) { _, column in column % 8 < 4 ? 0 : 1 }
    let none = try solver.solve(weights, scheme, statistics, on: Workers(count: 1))
    #expect(none.record.error == 1 && none.record.roundingError == 1)
    weights[0, 0] = 1
    let some = try solver.solve(weights, scheme, statistics, on: Workers(count: 1))
    #expect(some.record.error.isFinite && some.record.error > 1)
  }
}
