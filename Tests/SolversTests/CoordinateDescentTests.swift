import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

struct CoordinateDescentTests {
  @Test(arguments: [(5, 24), (66, 136)], ColumnOrder.allCases)
  func atItsEndNoSingleCodeChangeHelps(shape: (rows: Int, columns: Int), order: ColumnOrder) throws {
    let problem = Problem(rows: shape.rows, columns: shape.columns)
    for scheme in TestScheme.all {
      let solver = GPTQ(order: order, sweeps: 100)
      let solution = try problem.solve(solver, scheme)
      let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
      let gain = bestGain(problem, conditioned, scheme, solution)
      #expect(gain < 1e-5, "\(scheme.name)")
    }
  }

  /// How much the best change of one code lowers the damped objective, relative to one step of the grid in its column.
  private func bestGain(
    _ problem: Problem, _ conditioned: ConditionedHessian, _ scheme: TestScheme, _ solution: borrowing Solution
  ) -> Double {
    let values = solution.grid.values(solution.codes)
    let order = conditioned.order
    let levels = scheme.levels.values
    var best = -Double.infinity
    for row in 0..<values.rows {
      let delta = order.map { Double(problem.weights[row, $0]) - Double(values[row, $0]) }
      for place in order.indices {
        let column = order[place]
        let scale = solution.grid.rows[row].scales[column / scheme.columnsPerGroup]
        let offset = solution.grid.rows[row].offsets[column / scheme.columnsPerGroup]
        let gradient = order.indices.reduce(0.0) { $0 + Double(conditioned.hessian[place, $1]) * delta[$1] }
        let curvature = Double(conditioned.hessian[place, place])
        for level in levels {
          let change = Double(scale * level - offset) - Double(values[row, column])
          let gain = 2 * change * gradient - change * change * curvature
          if change != 0 { best = max(best, gain / (curvature * Double(scale) * Double(scale))) }
        }
      }
    }
    return best
  }

  @Test(arguments: TestScheme.all.indices)
  func moreSweepsNeverRaiseTheObjective(index: Int) throws {
    let scheme = TestScheme.all[index]
    let problem = Problem(rows: 40, columns: 136)
    var costs: [Double] = []
    for sweeps in [0, 1, 2, 3, 5, 100] {
      let solver = GPTQ(sweeps: sweeps)
      let solution = try problem.solve(solver, scheme)
      let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
      costs.append(problem.dampedCost(of: solution.grid.values(solution.codes), conditioned))
    }
    for (before, after) in zip(costs, costs.dropFirst()) { #expect(after <= before * (1 + 1e-9)) }
    #expect(costs[costs.count - 1] < costs[0])
  }

  /// Five weights of two bits have 1024 rows of codes, few enough to try them all.
  @Test(arguments: 1...40)
  func betweenTheBestOfAllCodesAndRounding(seed: Int) throws {
    let scheme = TestScheme(levels: .uniform(lowest: 0, count: 4), columnsPerGroup: 5)
    let problem = Problem(rows: 1, columns: 5, tokens: 40, seed: UInt64(seed))
    let solver = GPTQ(sweeps: 20)
    let solution = try problem.solve(solver, scheme)
    let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let grid = solution.grid
    func cost(_ codes: borrowing Codes) -> Double { problem.dampedCost(of: grid.values(codes), conditioned) }
    var best = Double.infinity
    for number in 0..<1024 {
      let codes = Codes(rows: 1, columns: 5) { UInt8(number >> (2 * $1) & 3) }
      best = min(best, cost(codes))
    }
    let found = cost(solution.codes)
    #expect(best <= found * (1 + 1e-9))
    #expect(found <= cost(grid.nearestCodes(problem.weights)) * (1 + 1e-9))
  }
}
