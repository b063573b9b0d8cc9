import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

struct SequentialGridTests {
  /// Without correlations no error moves a later weight, so it does not matter when a grid is fitted.
  @Test func withoutCorrelationsGridsAreThoseFittedBeforehand() throws {
    var random = SeededRandom(seed: 5)
    let weights = random.gaussianMatrix(rows: 130, columns: 512)
    let statistics = ActivationStatistics(
      hessian: Matrix(rows: 512, columns: 512) { $0 == $1 ? Float(1 + $0 % 5) : 0 }, tokens: 1)
    for scheme in [Q4_K() as any Scheme, Q4_0(), Q2_K()] {
      func solved(_ grids: GPTQ.GridTime) throws -> Solution {
        try GPTQ(order: .natural, sweeps: 0, refits: 0, grids: grids)
          .solve(weights, scheme, statistics, on: Workers(count: 2))
      }
      let reached = try solved(.reached)
      let beforehand = try solved(.beforehand)
      #expect(reached.grid.rows == beforehand.grid.rows)
      #expect(reached.codes.array() == beforehand.codes.array())
    }
  }

  /// The sweep written out in double precision: fit a block, round its columns one by one, pass each error on.
  @Test func gridsAreFittedToWhatEarlierErrorsLeft() throws {
    let problem = Problem(rows: 3, columns: 40)
    let solver = GPTQ(order: .natural, sweeps: 0, refits: 0, grids: .reached)
    let scheme = TestScheme.fourBit
    let solution = try problem.solve(solver, scheme)
    let U = TextbookGPTQ(problem.statistics.hessian, .natural, damping: 0.01).U
    let beforehand = try problem.solve(GPTQ(order: .natural, sweeps: 0, refits: 0), scheme)
    for row in 0..<3 {
      var rest = (0..<40).map { Double(problem.weights[row, $0]) }
      for column in 0..<40 {
        let group = column / scheme.columnsPerGroup
        if column % scheme.columnsPerGroup == 0 {
          let block = rest[column..<column + scheme.columnsPerGroup].map { Float($0) }
          let fitted = scheme.fit(block.span, importance: [Float](repeating: 1, count: block.count).span)
          #expect(abs(fitted.scales[0] - solution.grid.rows[row].scales[group]) < 1e-4 * fitted.scales[0])
        }
        let value = Double(solution.grid.values(solution.codes)[row, column])
        let error = (rest[column] - value) / U[column * 40 + column]
        for later in column + 1..<max(column + 1, 40) {
          rest[later] -= error * U[column * 40 + later]
        }
      }
    }
    #expect(solution.grid.rows != beforehand.grid.rows)
  }

  @Test func packedBytesHoldTheGridsOfTheSweep() throws {
    let problem = Problem(rows: 129, columns: 512)
    for scheme in [Q4_K() as any Scheme, Q3_K(), Q4_0(), MXFP4()] {
      let solution = try problem.solve(GPTQ(order: .natural, grids: .reached), scheme)
      let read = scheme.unpack(scheme.pack(solution.codes, solution.grid).bytes, rows: 129, columns: 512)
      #expect(read.array() == solution.grid.values(solution.codes).array())
    }
  }
}
