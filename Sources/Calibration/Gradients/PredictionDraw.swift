import LinearAlgebra
import Models
import Tensors

/// Draws gradients with respect to logits whose expected outer product is the Fisher matrix of what a model predicts, diag(p) − p pᵀ:
/// the second derivative of the divergence from these predictions.
///
/// One per token, from a generator of its own, so that it does not depend on what else is worked on.
package struct PredictionDraw: Sendable {
  package enum Kind: Sendable, CaseIterable {
    /// p − e with e a one at a label that is drawn by p.
    case labels
    /// √p (s − √p Σ √p s) with a sign s for each token of the vocabulary. Where one label is nearly certain, the gradients of labels are
    /// next to nothing but for few large ones; these are all of about one size.
    case signs
  }

  private let kind: Kind
  private let seed: UInt64

  package init(_ kind: Kind = .labels, seed: UInt64) {
    self.kind = kind
    self.seed = seed
  }

  /// A gradient for each row.
  ///
  /// - Parameters:
  ///   - logits: `[tokens, vocabulary]`.
  ///   - places: of each token, its sequence in the text and its place in that.
  /// - Returns: `[tokens, vocabulary]`.
  package func gradient(
    of logits: borrowing Matrix, at places: [(sequence: Int, position: Int)], on workers: Workers
  ) -> Matrix {
    precondition(places.count == logits.rows, "a place for each token")
    var result = logits.copy()
    result.withDisjointRows { result in
      workers.forEachTile(of: 8, in: places.count) { tile in
        for row in tile {
          var generator = generator(places[row].sequence, places[row].position)
          var values = result.row(row)
          let sum = exponentials(&values, count: values.count, width: values.count, scale: 1)
          for column in 0..<values.count { values[unchecked: column] /= sum }
          switch kind {
          case .labels: Self.drawLabel(&values, &generator)
          case .signs: Self.drawSigns(&values, &generator)
          }
        }
      }
    }
    return result
  }

  /// p less one at a label that is drawn by p.
  private static func drawLabel(_ values: inout MutableSpan<Float>, _ generator: inout SplitMix64) {
    let share = Double(generator.next() >> 11) * 0x1p-53
    var sum = 0.0
    var label = values.count - 1
    for column in 0..<values.count {
      sum += Double(values[unchecked: column])
      guard share >= sum else {
        label = column
        break
      }
    }
    values[label] -= 1
  }

  /// √p (s − √p Σ √p s) with random signs s.
  private static func drawSigns(_ values: inout MutableSpan<Float>, _ generator: inout SplitMix64) {
    var bits: UInt64 = 0
    for column in 0..<values.count {
      if column & 63 == 0 { bits = generator.next() }
      let root = values[unchecked: column].squareRoot()
      values[unchecked: column] = bits & 1 == 0 ? root : -root
      bits >>= 1
    }
    // What stands there is √p s, and its square p.
    let count = values.count
    let along = laneSum(count) { values[unchecked: $0] }
    for column in 0..<count {
      let value = values[unchecked: column]
      values[unchecked: column] = value - value * value * along
    }
  }

  private func generator(_ sequence: Int, _ position: Int) -> SplitMix64 {
    var first = SplitMix64(seed: seed)
    var second = SplitMix64(seed: first.next() ^ UInt64(sequence))
    return SplitMix64(seed: second.next() ^ UInt64(position))
  }
}
