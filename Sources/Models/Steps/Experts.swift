import LinearAlgebra
import Tensors

/// Experts in the place of a feed-forward layer.
package struct Experts: Sendable, Equatable {
  /// What scores of a router become, before some are chosen.
  package enum Scores: Sendable, Equatable {
    /// Shares of 1.
    case softmax
    /// Each a number between 0 and 1.
    case sigmoid
  }

  /// Experts in equal groups, of which a token chooses the best before it chooses among their experts.
  package struct Groups: Sendable, Equatable {
    package var count: Int
    package var used: Int
    /// A group is as good as the sum of so many of its best experts.
    package var judgedBy: Int

    package init(count: Int, used: Int, judgedBy: Int) {
      (self.count, self.used, self.judgedBy) = (count, used, judgedBy)
    }
  }

  package var count: Int
  /// To how many of them each token goes.
  package var used: Int
  /// How wide each is.
  package var size: Int
  /// Whether the weights of those that a token goes to are brought to a sum of 1.
  package var normalizesWeights: Bool
  /// How wide the one is that every token goes to; nil where there is none.
  package var sharedSize: Int?
  /// Whether a router says how much that one counts; else it counts fully.
  package var gatesShared = true
  package var scores = Scores.softmax
  package var groups: Groups?
  /// Whether something is added to scores before they become anything.
  package var hasRouterBias = false
  /// Whether something is added to what they became, where experts are chosen alone.
  package var hasCorrection = false
  /// Multiplies the weights of all.
  package var scale: Float = 1
  /// Whether weights multiply what experts read, and not what they make of it.
  package var weighsInputs = false
  /// Whether each has learned a number that multiplies its weight.
  package var hasScales = false
  /// Layers before the first that has experts.
  package var denseLayers = 0
  /// Which layers have experts, where that is not all behind these; repeated.
  package var layers: [Bool] = []

  package init(count: Int, used: Int, size: Int, normalizesWeights: Bool, sharedSize: Int? = nil) {
    (self.count, self.used, self.size) = (count, used, size)
    (self.normalizesWeights, self.sharedSize) = (normalizesWeights, sharedSize)
  }

  /// Whether a layer has experts.
  package func areIn(layer: Int) -> Bool {
    layer >= denseLayers && (layers.isEmpty || layers[layer % layers.count])
  }
}

/// Which tokens go to which experts, and how much each counts.
///
/// Shazeer et al., "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer" (2017); the softmax
/// comes before the choice, as in Mixtral and its relatives. Sigmoids, corrections and groups: DeepSeek-AI, "DeepSeek-V3 Technical
/// Report" (2024), section 2.1.2.
struct Routing {
  /// For each expert, its tokens in order.
  private(set) var tokens: [[Int]]
  /// And how much it counts for each.
  private(set) var weights: [[Float]]

  /// - Parameters:
  ///   - scores: of the router, `[tokens, experts]`.
  ///   - correction: for each expert; nil for none.
  ///   - scales: what multiplies the weight of each expert.
  init(_ scores: borrowing Matrix, _ experts: Experts, correction: [Float]? = nil, scales: [Float]) {
    tokens = [[Int]](repeating: [], count: experts.count)
    weights = [[Float]](repeating: [], count: experts.count)
    for token in 0..<scores.rows {
      let row = scores.row(token)
      let own = (0..<experts.count).map { row[$0] }
      var shares = own
      let sum = experts.scores.apply(to: &shares)
      // Where inputs are weighed, scores themselves are compared: sigmoids of large ones are all 1.
      let merits = correction.map { zip(shares, $0).map { $0 / sum + $1 } } ?? (experts.weighsInputs ? own : shares)
      let chosen = experts.choice(merits)
      let divisor = experts.normalizesWeights ? chosen.reduce(Float(0)) { $0 + shares[$1] } : sum
      for expert in chosen {
        tokens[expert].append(token)
        weights[expert].append(scales[expert] * (shares[expert] / divisor))
      }
    }
  }
}

extension Experts.Scores {
  /// Turns scores into shares of what is returned.
  func apply(to scores: inout [Float]) -> Float {
    switch self {
    case .softmax:
      let largest = scores.max() ?? 0
      var sum: Float = 0
      for index in scores.indices {
        scores[index] = exponential(scores[index] - largest)
        sum += scores[index]
      }
      return sum
    case .sigmoid:
      for index in scores.indices { scores[index] = 1 / (1 + exponential(-scores[index])) }
      return 1
    }
  }
}

extension Experts {
  /// The best experts, of the best groups where there are some.
  fileprivate func choice(_ merits: [Float]) -> ArraySlice<Int> {
    var candidates = Array(merits.indices)
    if let groups {
      let size = count / groups.count
      let judged = (0..<groups.count).map { group in
        merits[group * size..<(group + 1) * size].sorted(by: >).prefix(groups.judgedBy).reduce(0, +)
      }
      let best = Set(Self.descending(Array(judged.indices), judged).prefix(groups.used))
      candidates = candidates.filter { best.contains($0 / size) }
    }
    return Self.descending(candidates, merits).prefix(used)
  }

  /// The lower index first where two are equally good.
  private static func descending(_ indices: [Int], _ merits: [Float]) -> [Int] {
    indices.sorted { merits[$0] == merits[$1] ? $0 < $1 : merits[$0] > merits[$1] }
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

/// Multiplies each row by its weight.
func multiplyRows(of rows: inout Matrix, by weights: [Float]) {
  for (row, weight) in weights.enumerated() {
    var values = rows.mutableRow(row)
    for column in 0..<values.count { values[unchecked: column] *= weight }
  }
}
