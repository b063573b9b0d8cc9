import Tensors

/// An orthogonal matrix R = diag(signs) · H / √n with a Hadamard matrix H, applied without ever being written down.
package struct HadamardRotation: Sendable {
  package let size: Int
  private let signs: [Float]
  /// `[factor, factor]`, row after row.
  private let core: [Float]
  private let factor: Int
  private let power: Int

  /// - Returns: nil where no Hadamard matrix of this size is known here.
  package init?(size: Int, seed: UInt64) {
    guard let (factor, power) = HadamardMatrix.factors(of: size) else { return nil }
    var random = SplitMix64(seed: seed)
    signs = (0..<size).map { _ in random.next() >> 63 == 0 ? 1 : -1 }
    core = HadamardMatrix.elements(factor)
    self.size = size
    self.factor = factor
    self.power = power
  }

  /// X ← X R in every run of `size` columns of every row.
  package func rotateColumns(_ matrix: inout Matrix, on workers: Workers) {
    precondition(matrix.columns % size == 0, "columns in whole runs")
    let columns = matrix.columns
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        var scratch = [Float](repeating: 0, count: size)
        for start in stride(from: 0, to: columns, by: size) { rotate(&values, from: start, &scratch) }
      }
    }
  }

  /// W ← Rᵀ W in every run of `size` rows.
  package func rotateRows(_ matrix: borrowing Matrix, on workers: Workers) -> Matrix {
    var turned = matrix.transposed()
    rotateColumns(&turned, on: workers)
    return turned.transposed()
  }

  /// The row vector x R in place.
  private func rotate(_ x: inout MutableSpan<Float>, from start: Int, _ scratch: inout [Float]) {
    let norm = 1 / Float(size).squareRoot()
    for index in 0..<size { x[start + index] *= signs[index] * norm }
    var half = 1
    while half < power {
      for base in stride(from: start, to: start + size, by: 2 * half) {
        for index in base..<base + half {
          let a = x[index]
          let b = x[index + half]
          x[index] = a + b
          x[index + half] = a - b
        }
      }
      half *= 2
    }
    guard factor > 1 else { return }
    for index in 0..<size { scratch[index] = x[start + index] }
    for column in 0..<factor {
      for place in 0..<power {
        var sum: Float = 0
        for row in 0..<factor { sum += scratch[row * power + place] * core[row * factor + column] }
        x[start + column * power + place] = sum
      }
    }
  }
}
