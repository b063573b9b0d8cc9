import Checkpoints
import Models
import Tensors

/// How far the stored weights are from the original's where they are furthest.
///
/// A damaged block of weights, a row in another's place or a tensor that belongs elsewhere may change a model's
/// predictions by less than quantization itself does, and so pass every gate on text. Weights show it at once: sound
/// four-bit weights err by about 0.02, and a block that lost its scale by about 1.
package struct BlockError: Sendable, Equatable, Codable {
  /// Weights that are looked at together; consecutive ones of one row.
  static let length = 256

  /// The tensor with the largest error, by its GGUF name.
  package let tensor: String
  /// ‖Δw‖² / max(‖w‖², its mean over the tensor's blocks) of the worst block.
  package let value: Double

  package init(tensor: String, value: Double) {
    self.tensor = tensor
    self.value = value
  }

  /// Compares every tensor of a product with the original's. O(weights); memory holds one tensor of each.
  ///
  /// - Precondition: both have the same tensors, and nothing was folded into the product's weights.
  package static func largest(
    in product: ModelSource, against original: ModelSource, on workers: Workers
  ) throws(CheckpointError) -> BlockError? {
    var worst: BlockError?
    for spec in original.weights {
      let value = Self.largest(try product.matrix(spec), against: try original.matrix(spec), on: workers)
      // NaN is larger than anything.
      if worst.map({ !(value <= $0.value) && !$0.value.isNaN }) ?? true {
        worst = BlockError(tensor: spec.ggufName, value: value)
      }
    }
    return worst
  }

  /// The error of the worst block of one matrix.
  package static func largest(
    _ stored: borrowing Matrix, against original: borrowing Matrix, on workers: Workers
  ) -> Double {
    precondition(stored.rows == original.rows && stored.columns == original.columns, "matrices of different shapes")
    let blocks = (original.columns + length - 1) / length
    let rows = workers.map(original.rows) { row in
      (0..<blocks).map { block in
        let range = block * length..<min((block + 1) * length, original.columns)
        return squares(stored.row(row), original.row(row), range)
      }
    }
    let count = Double(max(1, rows.count * blocks))
    let mean = rows.reduce(0.0) { $0 + $1.reduce(0) { $0 + $1.size } } / count
    return rows.reduce(0.0) { worst, row in
      row.reduce(worst) { worst, block in
        let scale = max(block.size, mean)
        let error = block.change == 0 ? 0 : block.change / scale
        return worst.isNaN || error <= worst ? worst : error
      }
    }
  }

  private static func squares(
    _ stored: Span<Float>, _ original: Span<Float>, _ range: Range<Int>
  ) -> (change: Double, size: Double) {
    precondition(range.upperBound <= min(stored.count, original.count), "rows of another length")
    var (changes, sizes) = (SIMD8<Double>(), SIMD8<Double>())
    var column = range.lowerBound
    while column + 8 <= range.upperBound {
      var (was, now) = (SIMD8<Float>(), SIMD8<Float>())
      for lane in 0..<8 {
        was[lane] = original[unchecked: column + lane]
        now[lane] = stored[unchecked: column + lane]
      }
      let (before, difference) = (SIMD8<Double>(was), SIMD8<Double>(now) - SIMD8<Double>(was))
      changes += difference * difference
      sizes += before * before
      column += 8
    }
    var (change, size) = (changes.sum(), sizes.sum())
    while column < range.upperBound {
      let was = Double(original[column])
      let difference = Double(stored[column]) - was
      change += difference * difference
      size += was * was
      column += 1
    }
    return (change, size)
  }
}
