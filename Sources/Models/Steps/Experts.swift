import LinearAlgebra
import Tensors

/// Experts in the place of a feed-forward layer.
package struct Experts: Sendable, Equatable {
  package var count: Int
  /// To how many of them each token goes.
  package var used: Int
  /// How wide each is.
  package var size: Int
  /// Whether the weights of those that a token goes to are brought to a sum of 1.
  package var normalizesWeights: Bool
  /// How wide the one is that every token goes to; nil where there is none.
  package var sharedSize: Int?

  package init(count: Int, used: Int, size: Int, normalizesWeights: Bool, sharedSize: Int? = nil) {
    (self.count, self.used, self.size) = (count, used, size)
    (self.normalizesWeights, self.sharedSize) = (normalizesWeights, sharedSize)
  }
}

/// Which tokens go to which experts, and how much each counts.
///
/// Shazeer et al., "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer" (2017); the softmax
/// comes before the choice, as in Mixtral and its relatives.
struct Routing {
  /// For each expert, its tokens in order.
  private(set) var tokens: [[Int]]
  /// And their weights.
  private(set) var weights: [[Float]]

  /// - Parameter scores: of the router, `[tokens, experts]`.
  init(_ scores: borrowing Matrix, _ experts: Experts) {
    tokens = [[Int]](repeating: [], count: experts.count)
    weights = [[Float]](repeating: [], count: experts.count)
    for token in 0..<scores.rows {
      let row = scores.row(token)
      var probabilities = (0..<experts.count).map { row[$0] }
      let largest = probabilities.max() ?? 0
      var sum: Float = 0
      for index in probabilities.indices {
        probabilities[index] = exponential(probabilities[index] - largest)
        sum += probabilities[index]
      }
      // The lower index first where two are equally likely.
      let order = probabilities.indices.sorted {
        probabilities[$0] == probabilities[$1] ? $0 < $1 : probabilities[$0] > probabilities[$1]
      }
      let chosen = order.prefix(experts.used)
      let divisor = experts.normalizesWeights ? chosen.reduce(Float(0)) { $0 + probabilities[$1] } : sum
      for expert in chosen {
        tokens[expert].append(token)
        weights[expert].append(probabilities[expert] / divisor)
      }
    }
  }
}

/// Adds each row of `values`, times its weight, to the row of `sum` that it came from.
func scatter(_ values: borrowing Matrix, _ weights: [Float], to rows: [Int], of sum: inout Matrix) {
  for (place, row) in rows.enumerated() {
    let source = values.row(place)
    let weight = weights[place]
    var target = sum.mutableRow(row)
    for column in 0..<source.count { target[unchecked: column] += weight * source[unchecked: column] }
  }
}
