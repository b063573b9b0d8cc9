import Schemes
import Solvers
import Tensors
import Testing

/// Codes whose width changes from group to group, and scales that rows share.
@Suite struct EXL2SolveTests {
  private static let names = ["exl2_4_g64", "exl2_6_3_p5_g64", "exl2_8_6_g64", "exl2_2_g32"]

  private func scheme(_ name: String, _ columns: Int) throws -> EXL2Scheme {
    try #require(EXL2Strategy.named(name)?.scheme(columns: columns))
  }

  /// No step raises the objective, and what packed rows hold is what the solver chose.
  @Test(arguments: names, [(7, 256), (140, 512)])
  func stepsLowerTheObjectiveAndRowsHoldIt(_ name: String, shape: (rows: Int, columns: Int)) throws {
    let scheme = try scheme(name, shape.columns)
    let problem = Problem(rows: shape.rows, columns: shape.columns)
    let solution = try problem.solve(SortedColumns(GPTQ(sweeps: 1, refits: 2)), scheme)
    for (before, after) in zip(solution.record.steps, solution.record.steps.dropFirst()) {
      #expect(after.objective <= before.objective * (1 + 1e-6))
    }
    #expect(solution.record.error < solution.record.roundingError)
    let packed = scheme.pack(solution.codes, solution.grid)
    let read = scheme.unpack(packed.bytes, rows: shape.rows, columns: shape.columns)
    #expect(read.array() == solution.grid.values(solution.codes).array())
    for row in 0..<shape.rows {
      for (group, limits) in (scheme.levelLimits ?? []).enumerated() {
        for column in group * scheme.columnsPerGroup..<(group + 1) * scheme.columnsPerGroup {
          #expect(limits.contains(Int(solution.codes[row, column]) - 128))
        }
      }
    }
  }

  /// The first columns, which have the most bits, are those with the largest inputs.
  @Test func columnsAreSortedByTheirInputs() throws {
    let problem = Problem(rows: 4, columns: 256)
    let order = try #require(try problem.solve(SortedColumns(RoundToNearest()), scheme("exl2_4_g64", 256)).columnOrder)
    let sizes = order.map { problem.statistics.hessian[$0, $0] }
    #expect(sizes == sizes.sorted(by: >) && order.sorted() == Array(0..<256))
  }

  /// A refit leaves no group with a root that another one beats: all sixteen tried, in double precision, after the factor that
  /// rows share.
  @Test func noOtherRootIsBetter() throws {
    let scheme = try scheme("exl2_3_g64", 256)
    let problem = Problem(rows: 6, columns: 256)
    let solver = GPTQ(order: .natural, sweeps: 0, refits: 1)
    let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let before = try problem.solve(GPTQ(order: .natural, sweeps: 0, refits: 0), scheme)
    let after = try problem.solve(solver, scheme)
    #expect(after.codes.array() == before.codes.array())
    // The last group is moved last, and so is the best for all others as they are.
    let last = scheme.bits.count - 1
    for row in 0..<6 {
      func cost(_ root: Int) -> Double {
        var grid = after.grid
        grid.rows[row].scales[last] = EXL2Scheme.scale(root, grid.rows[row].nested.superScales[last])
        return problem.dampedCost(of: grid.values(after.codes), conditioned)
      }
      let chosen = Int(after.grid.rows[row].nested.scaleCodes[last])
      let best = (1...16).map(cost).min() ?? 0
      #expect(cost(chosen) <= best * (1 + 1e-5))
    }
  }
}
