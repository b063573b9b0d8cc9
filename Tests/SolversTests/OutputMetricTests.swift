import Solvers
import TestSupport
import Tensors
import Testing

/// What an error costs, against sums in double precision.
struct OutputMetricTests {
  private let workers = Workers(count: 2)

  private static func gram(_ size: Int, seed: UInt64) -> Matrix {
    var random = SeededRandom(seed: seed)
    let x = random.gaussianMatrix(rows: size + 3, columns: size)
    return Matrix(rows: size, columns: size) { row, column in
      (0..<x.rows).reduce(0) { $0 + x[$1, row] * x[$1, column] }
    }
  }

  /// ½ Σ B[i, k] Δ[i, j] A[j, l] Δ[k, l].
  private static func cost(
    _ delta: borrowing Matrix, _ b: (Int, Int) -> Float, _ a: borrowing Matrix
  ) -> (cost: Double, magnitude: Double) {
    var (sum, magnitude) = (0.0, 0.0)
    for i in 0..<delta.rows {
      for k in 0..<delta.rows where b(i, k) != 0 {
        for j in 0..<delta.columns {
          for l in 0..<delta.columns {
            let term = Double(b(i, k)) * Double(delta[i, j]) * Double(a[j, l]) * Double(delta[k, l])
            sum += term / 2
            magnitude += abs(term) / 2
          }
        }
      }
    }
    return (sum, magnitude)
  }

  @Test(arguments: [[7], [3, 4], [1, 5, 1]])
  func blocksCostWhatTheFormulaSays(sizes: [Int]) {
    let a = Self.gram(5, seed: 1)
    var random = SeededRandom(seed: 2)
    let delta = random.gaussianMatrix(rows: 7, columns: 5)
    var blocks: [OutputMetric.Block] = []
    var first = 0
    for size in sizes {
      blocks.append(OutputMetric.Block(rows: first..<first + size, Self.gram(size, seed: UInt64(3 + first))))
      first += size
    }
    let metric = OutputMetric(blocks: blocks, tokens: 9)
    func b(_ row: Int, _ other: Int) -> Float {
      guard let block = blocks.first(where: { $0.rows.contains(row) }), block.rows.contains(other) else { return 0 }
      return block.matrix.matrix[row - block.rows.lowerBound, other - block.rows.lowerBound]
    }
    let expected = Self.cost(delta, b, a)
    let found = metric.cost(of: delta, under: a, on: workers)
    #expect(abs(found - expected.cost) <= roundingBound(terms: 12, magnitude: expected.magnitude))
    #expect(metric.diagonal == (0..<7).map { b($0, $0) } && found > 0)
  }

  @Test func weightsOfRowsAreADiagonal() {
    let a = Self.gram(4, seed: 1)
    var random = SeededRandom(seed: 2)
    let delta = random.gaussianMatrix(rows: 5000, columns: 4)
    let weights = (0..<5000).map { Float($0 % 7) }
    let metric = OutputMetric(rowWeights: weights, tokens: 1)
    let expected = (0..<5000).reduce(into: (cost: 0.0, magnitude: 0.0)) { sum, row in
      let own = Self.cost(delta.copy(rows: row..<row + 1), { _, _ in weights[row] }, a)
      sum.cost += own.cost
      sum.magnitude += own.magnitude
    }
    let found = metric.cost(of: delta, under: a, on: workers)
    #expect(abs(found - expected.cost) <= roundingBound(terms: 12, magnitude: expected.magnitude))
    #expect(metric.blocks.isEmpty)
  }
}
