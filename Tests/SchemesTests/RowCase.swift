import Tensors
import TestSupport
import Testing

/// Rows of 512 weights that a fit must cope with, three of each kind.
struct RowCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// How large the squared error may be, relative to the squares of the weights.
  let tolerance: Double
  let weight: @Sendable (_ column: Int, _ random: inout SeededRandom) -> Float
  var columnImportance: @Sendable (_ column: Int) -> Float = { 0.1 + Float($0 % 7) }

  func weights() -> Matrix {
    var random = SeededRandom(seed: 11)
    return Matrix(rows: 3, columns: 512) { _, column in weight(column, &random) }
  }

  func importance() -> [Float] { (0..<512).map(columnImportance) }

  static let all: [RowCase] = [
    RowCase(testDescription: "gaussian", tolerance: 0.6) { _, random in random.gaussian() * 0.02 },
    RowCase(testDescription: "heavy tails", tolerance: 0.9) { _, random in
      let value = random.gaussian()
      return value * value * value * 0.02
    },
    RowCase(testDescription: "no importance", tolerance: 0.6, weight: { _, random in random.gaussian() }) { _ in 0 },
    RowCase(testDescription: "importance of one column", tolerance: 1, weight: { _, random in random.gaussian() }) {
      $0 == 77 ? 1e20 : 0
    },
    RowCase(testDescription: "huge importance", tolerance: 0.6, weight: { _, random in random.gaussian() }) { _ in
      3e38
    },
    RowCase(testDescription: "constant", tolerance: 0.1) { _, _ in 0.3 },
    RowCase(testDescription: "negative constant", tolerance: 0.1) { _, _ in -0.3 },
    RowCase(testDescription: "far from zero", tolerance: 0.1) { _, random in 5 + 0.1 * random.gaussian() },
    RowCase(testDescription: "one outlier", tolerance: 0.1) { column, random in
      column == 300 ? 2000 : random.gaussian() * 0.02
    },
    RowCase(testDescription: "one weight", tolerance: 0.1) { column, _ in column == 300 ? -1 : 0 },
    RowCase(testDescription: "blocks of zeros", tolerance: 0.6) { column, random in
      column < 256 ? 0 : random.gaussian()
    },
    RowCase(testDescription: "scales below half precision", tolerance: 1) { _, random in random.gaussian() * 1e-9 },
    RowCase(testDescription: "subnormal scales", tolerance: 1) { _, random in random.gaussian() * 1e-6 },
    RowCase(testDescription: "subnormal weights", tolerance: 1) { _, random in random.gaussian() * 1e-30 * 1e-10 },
    RowCase(testDescription: "scales above half precision", tolerance: 1) { _, random in random.gaussian() * 1e12 },
    RowCase(testDescription: "the largest weights", tolerance: 1) { column, _ in
      column % 2 == 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
    },
  ]
}
