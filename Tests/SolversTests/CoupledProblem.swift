import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors

/// A layer whose outputs depend on each other in what the loss sees of them.
final class CoupledProblem: Sendable {
  let weights: Matrix
  /// Of the inputs alone, and with B.
  let apart: ActivationStatistics
  let together: ActivationStatistics
  let metric: OutputMetric

  /// - Parameters:
  ///   - blocks: the rows of each diagonal block of B; nil for one of all rows.
  ///   - dead: outputs without any gradient.
  init(
    rows: Int, columns: Int, blocks: [Range<Int>]? = nil, dead: Set<Int> = [], order: [Int]? = nil, seed: UInt64 = 1
  ) {
    let inputs = Problem(rows: rows, columns: columns, seed: seed)
    let order = order ?? Array(0..<rows)
    let gradients = Self.gradients(rows: rows, dead: dead, seed: seed)
    let B = Matrix(rows: rows, columns: rows) { gradients.hessian[order[$0], order[$1]] }
    weights = Matrix(rows: rows, columns: columns) { inputs.weights[order[$0], $1] }
    metric = OutputMetric(
      blocks: (blocks ?? [0..<rows]).map { range in
        OutputMetric.Block(
          rows: range,
          Matrix(rows: range.count, columns: range.count) { B[range.lowerBound + $0, range.lowerBound + $1] })
      }, tokens: 3 * rows)
    apart = inputs.statistics
    together = ActivationStatistics(
      hessian: inputs.statistics.hessian.copy(), outputs: metric, tokens: inputs.statistics.tokens)
  }

  /// Gradients of outputs that follow what they have in common.
  private static func gradients(rows: Int, dead: Set<Int>, seed: UInt64) -> ActivationStatistics {
    var random = SeededRandom(seed: seed &+ 77)
    let tokens = 3 * rows
    var gradients = random.gaussianMatrix(rows: tokens, columns: rows)
    let shares = (0..<rows).map { _ in Float.random(in: -1.5...1.5, using: &random) }
    for token in 0..<tokens {
      let common = random.gaussian()
      for row in 0..<rows {
        gradients[token, row] = dead.contains(row) ? 0 : 0.003 * (gradients[token, row] + shares[row] * common)
      }
    }
    var gram = GramMatrix(size: rows)
    gram.add(gradients, on: Workers(count: 1))
    return ActivationStatistics(gram, on: Workers(count: 1))
  }

  func solve(_ solver: GPTQ, _ scheme: some Scheme, workers: Int = 2) throws -> Solution {
    try solver.solve(weights, scheme, together, on: Workers(count: workers))
  }

  /// B as the solver lowers it, `[rows][rows]`: a diagonal in units of its mean, and the damping.
  func conditionedB(_ outputs: OutputConditioning) -> [[Double]] {
    let rows = weights.rows
    var B = [[Double]](repeating: [Double](repeating: 0, count: rows), count: rows)
    for block in metric.blocks {
      for row in block.rows {
        for column in block.rows {
          B[row][column] = Double(
            block.matrix.matrix[row - block.rows.lowerBound, column - block.rows.lowerBound])
        }
      }
    }
    let mean = (0..<rows).reduce(0.0) { $0 + B[$1][$1] } / Double(rows)
    for row in 0..<rows {
      for column in 0..<rows {
        B[row][column] *= (row == column ? 1 : Double(outputs.correlation)) / (mean > 0 ? mean : 1)
      }
      B[row][row] = max(B[row][row] + Double(outputs.damping), 1e-6)
    }
    return B
  }

  /// tr(Δᵀ B Δ A) in double precision, with both sides as the solver lowers them.
  func dampedCost(of values: borrowing Matrix, _ solver: GPTQ, target: borrowing Matrix) throws -> Double {
    let conditioned = try together.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let (rows, columns, order) = (weights.rows, weights.columns, conditioned.order)
    let delta = (0..<rows).map { row in order.map { Double(target[row, $0]) - Double(values[row, $0]) } }
    let B = conditionedB(solver.outputs)
    let right = delta.map { row in
      (0..<columns).map { column in
        (0..<columns).reduce(0.0) { $0 + row[$1] * Double(conditioned.hessian[$1, column]) }
      }
    }
    var cost = 0.0
    for row in 0..<rows {
      for other in 0..<rows where B[row][other] != 0 {
        cost += B[row][other] * zip(delta[row], right[other]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return cost
  }

  func dampedCost(of values: borrowing Matrix, _ solver: GPTQ) throws -> Double {
    try dampedCost(of: values, solver, target: weights)
  }

  /// Σ Bᵢᵢ wᵢ A wᵢᵀ
  func dampedTotal(_ solver: GPTQ) throws -> Double {
    let conditioned = try together.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let B = conditionedB(solver.outputs)
    let order = conditioned.order
    return (0..<weights.rows).reduce(0.0) { sum, row in
      sum + B[row][row]
        * order.indices.reduce(0.0) { sum, i in
          sum + Double(weights[row, order[i]])
            * order.indices.reduce(0.0) {
              $0 + Double(conditioned.hessian[i, $1]) * Double(weights[row, order[$1]])
            }
        }
    }
  }
}
