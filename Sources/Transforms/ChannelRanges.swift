import Foundation
import Models
import Tensors

/// How large activations and weights are in each channel of a site.
struct ChannelRanges {
  /// Root mean squares of activations, `[channels]`.
  private let activations: [Float]
  /// The largest magnitude of a weight that reads the channel, `[channels]`.
  private let weights: [Float]

  /// - Returns: nil where nothing is known of the site's activations.
  init?(_ block: ObservedBlock, _ channels: BlockWiring.Channels) {
    guard let known = block.statistics[channels.site] else { return nil }
    var largest = [Float](repeating: 0, count: known.importance.count)
    for reader in channels.readers { Self.raise(&largest, toMagnitudesOf: block.weights[reader].matrix) }
    activations = channels.shared(known.importance).map { $0.squareRoot() }
    weights = channels.shared(largest)
  }

  private static func raise(_ largest: inout [Float], toMagnitudesOf matrix: borrowing Matrix) {
    for row in 0..<matrix.rows {
      let values = matrix.row(row)
      for column in 0..<values.count { largest[column] = max(largest[column], abs(values[column])) }
    }
  }

  /// x^α, or x^α / w^(1 − α) when the range is shared with the weights, with the smallest and the largest equally far
  /// from 1; 1 where all are zero.
  func scales(_ exponent: Float, sharedWithWeights isShared: Bool) -> [Float] {
    let floor = max(.leastNormalMagnitude, 1e-6 * (weights.max() ?? 0))
    let values = zip(activations, weights).map { x, w in
      isShared ? pow(x, exponent) / pow(max(w, floor), 1 - exponent) : pow(x, exponent)
    }
    let smallest = 1e-4 * (values.max() ?? 0)
    guard smallest > 0, smallest.isFinite else { return [Float](repeating: 1, count: values.count) }
    let raised = values.map { max($0, smallest) }
    let middle = ((raised.min() ?? 1) * (raised.max() ?? 1)).squareRoot()
    return raised.map { $0 / middle }
  }
}
