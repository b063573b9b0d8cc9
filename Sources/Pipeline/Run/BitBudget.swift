/// Spends bits where they are worth most.
///
/// Each item has choices that cost bits and leave an error. Those that no straight line between two others undercuts are
/// kept; all items begin with the cheapest and then take, one step at a time, whichever step lowers the error most for each
/// bit. While the budget lasts this is the Lagrangian optimum; after the first step that it does not cover, smaller ones
/// still are taken.
package struct BitBudget {
  /// One way to store an item.
  package struct Choice {
    package let bits: Int
    package let error: Double

    package init(bits: Int, error: Double) {
      self.bits = bits
      self.error = error
    }
  }

  /// - Parameters:
  ///   - items: the choices of each, in any order; none is without.
  ///   - budget: bits of all items together.
  /// - Returns: the place of each item's choice; the cheapest ones where the budget does not cover even those.
  package static func spend(_ budget: Int, on items: [[Choice]]) -> [Int] {
    var spending = Spending(items)
    while spending.step(within: budget) {}
    return spending.choices
  }

  /// The fewest bits, step by step, that leave no more than an error.
  ///
  /// - Returns: the place of each item's choice; nil where no choice leaves so little.
  package static func spend(until error: Double, on items: [[Choice]]) -> [Int]? {
    var spending = Spending(items)
    while spending.error > error { guard spending.step(within: .max) else { return nil } }
    return spending.choices
  }

  /// Every way to spend that no line between two others undercuts, from the cheapest to the dearest.
  package static func frontier(of items: [[Choice]]) -> [[Int]] {
    var spending = Spending(items)
    var frontier = [spending.choices]
    while spending.step(within: .max) { frontier.append(spending.choices) }
    return frontier
  }

  /// What was chosen so far.
  private struct Spending {
    private let items: [[Choice]]
    private let hulls: [[Int]]
    private var places: [Int]
    private var bits: Int

    init(_ items: [[Choice]]) {
      self.items = items
      hulls = items.map(hull)
      places = [Int](repeating: 0, count: items.count)
      bits = zip(items, hulls).reduce(0) { $0 + $1.0[$1.1[0]].bits }
    }

    var choices: [Int] { zip(hulls, places).map { $0[$1] } }

    /// The sum of what is left.
    var error: Double { zip(items, choices).reduce(0) { $0 + $1.0[$1.1].error } }

    /// Takes the step that is worth most for each bit, of those that the budget covers; whether there is one.
    mutating func step(within budget: Int) -> Bool {
      var best: (item: Int, gain: Double, bits: Int)?
      for (item, hull) in hulls.enumerated() where places[item] + 1 < hull.count {
        let now = items[item][hull[places[item]]]
        let next = items[item][hull[places[item] + 1]]
        let bits = next.bits - now.bits
        guard bits <= budget - self.bits else { continue }
        let gain = (now.error - next.error) / Double(bits)
        // Of equals the first, so that the answer depends on nothing but the question.
        if gain > (best?.gain ?? 0) { best = (item, gain, bits) }
      }
      guard let best else { return false }
      places[best.item] += 1
      bits += best.bits
      return true
    }
  }

  /// The lower convex hull: places of choices with ever more bits and ever smaller gains for each of them.
  private static func hull(_ choices: [Choice]) -> [Int] {
    let sorted = choices.indices.sorted {
      (choices[$0].bits, choices[$0].error, $0) < (choices[$1].bits, choices[$1].error, $1)
    }
    var hull: [Int] = []
    for place in sorted {
      let next = choices[place]
      if let last = hull.last, next.bits == choices[last].bits || next.error >= choices[last].error { continue }
      while hull.count > 1 {
        let (first, middle) = (choices[hull[hull.count - 2]], choices[hull[hull.count - 1]])
        let slope = (first.error - middle.error) / Double(middle.bits - first.bits)
        let direct = (first.error - next.error) / Double(next.bits - first.bits)
        guard direct >= slope else { break }
        hull.removeLast()
      }
      hull.append(place)
    }
    return hull
  }
}
