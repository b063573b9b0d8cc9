import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors

/// A layer to quantize: weights, and statistics of inputs that depend on each other and differ in size.
final class Problem: Sendable {
  let weights: Matrix
  let statistics: ActivationStatistics

  /// - Parameter dead: columns whose input is always zero.
  init(rows: Int, columns: Int, tokens: Int? = nil, dead: Set<Int> = [], seed: UInt64 = 1) {
    var random = SeededRandom(seed: seed &+ UInt64(rows * 1000 + columns))
    weights = random.gaussianMatrix(rows: rows, columns: columns)
    let tokens = tokens ?? 2 * columns
    var inputs = random.gaussianMatrix(rows: tokens, columns: columns)
    let sizes = (0..<columns).map { _ in Float.random(in: 0.3...3, using: &random) }
    for token in 0..<tokens {
      let common = random.gaussian()
      for column in 0..<columns {
        let mixed = inputs[token, column] + 0.7 * common + (column > 0 ? 0.5 * inputs[token, column - 1] : 0)
        inputs[token, column] = dead.contains(column) ? 0 : mixed * sizes[column]
      }
    }
    var gram = GramMatrix(size: columns)
    gram.add(inputs, on: Workers(count: 1))
    statistics = ActivationStatistics(gram, on: Workers(count: 2))
  }

  func solve(_ solver: some Solver, _ scheme: some Scheme, workers: Int = 2) throws -> Solution {
    try solver.solve(weights, scheme, statistics, on: Workers(count: workers))
  }

  /// tr(Δ H Δᵀ) for Δ = weights − values, in double precision, with the Hessian of the inputs.
  func cost(of values: borrowing Matrix) -> Double {
    Self.trace(difference(values), statistics.hessian)
  }

  /// tr(W H Wᵀ)
  var total: Double {
    Self.trace(difference(Matrix(rows: weights.rows, columns: weights.columns)), statistics.hessian)
  }

  /// tr(Δ H Δᵀ) with the damped Hessian that the solver lowers.
  func dampedCost(of values: borrowing Matrix, _ conditioned: ConditionedHessian) -> Double {
    let order = conditioned.order
    let natural = difference(values)
    let ordered = RowMajor<Double>(rows: natural.rows, columns: natural.columns) { natural[$0, order[$1]] }
    return Self.trace(ordered, conditioned.hessian)
  }

  private func difference(_ values: borrowing Matrix) -> RowMajor<Double> {
    var delta = RowMajor<Double>(rows: weights.rows, columns: weights.columns)
    for row in 0..<weights.rows {
      for column in 0..<weights.columns {
        delta[row, column] = Double(weights[row, column]) - Double(values[row, column])
      }
    }
    return delta
  }

  private static func trace(_ x: borrowing RowMajor<Double>, _ h: borrowing Matrix) -> Double {
    var sum = 0.0
    for row in 0..<x.rows {
      for i in 0..<x.columns {
        var product = 0.0
        for j in 0..<x.columns { product += Double(h[i, j]) * x[row, j] }
        sum += x[row, i] * product
      }
    }
    return sum
  }
}
