/// What figures of cosines are computed from, however often each text counts.
struct CosineStatistics: Sendable {
  private let cosines: [Double]
  /// The texts from the lowest cosine; empty where any is not a number.
  private let order: [Int]
  /// Not a number where any cosine is none.
  let minimum: Double

  /// - Precondition: at least one.
  init(_ cosines: [Double]) {
    precondition(!cosines.isEmpty, "no text")
    self.cosines = cosines
    let isBroken = cosines.contains(where: \.isNaN)
    order = isBroken ? [] : cosines.indices.sorted { cosines[$0] < cosines[$1] }
    minimum = order.first.map { cosines[$0] } ?? .nan
  }

  /// Mean and 1 % quantile, the latter interpolated between two neighbours in rank.
  func figures(_ weights: [Int32]) -> [Double] {
    let count = weights.reduce(0) { $0 + Int($1) }
    let sum = zip(cosines, weights).reduce(0.0) { $0 + $1.0 * Double($1.1) }
    return [sum / Double(count), order.isEmpty ? .nan : quantile(0.01, weights, of: count)]
  }

  private func quantile(_ share: Double, _ weights: [Int32], of count: Int) -> Double {
    let place = share * Double(count - 1)
    let rank = Int(place)
    let low = cosine(at: rank, weights)
    let part = place - Double(rank)
    return part > 0 ? (1 - part) * low + part * cosine(at: rank + 1, weights) : low
  }

  private func cosine(at rank: Int, _ weights: [Int32]) -> Double {
    var passed = 0
    for text in order {
      passed += Int(weights[text])
      if rank < passed { return cosines[text] }
    }
    return .nan
  }
}
