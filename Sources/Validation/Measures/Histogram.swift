import Foundation

/// Counts of values in bins of equal ratio.
package struct Histogram: Sendable, Equatable, Codable {
  /// The lower ends of the bins and the upper end of the last.
  package let edges: [Double]
  /// The values in each bin, `edges.count - 1` of them.
  package let counts: [Int]
  /// Values below the first edge; zero and rounding errors below it among them.
  package let below: Int
  /// Values at or above the last edge, and those that are no number.
  package let above: Int

  package init(edges: [Double], counts: [Int], below: Int, above: Int) {
    self.edges = edges
    self.counts = counts
    self.below = below
    self.above = above
  }

  /// Four bins in each factor of ten.
  private static let binsPerDecade = 4
  private static let decades = -8..<2

  /// The divergences of single tokens, from 10⁻⁸ to 100 nats.
  package init(divergences: some Sequence<Float>) {
    let bins = Self.binsPerDecade * Self.decades.count
    let first = Double(Self.decades.lowerBound)
    edges = (0...bins).map { pow(10, first + Double($0) / Double(Self.binsPerDecade)) }
    var counts = [Int](repeating: 0, count: bins)
    var (below, above) = (0, 0)
    for divergence in divergences {
      let value = Double(divergence)
      if value < edges[0] {
        below += 1
      } else if value < edges[bins] {
        // The logarithm may round to the neighbour's side of an edge.
        var bin = min(bins - 1, max(0, Int((log10(value) - first) * Double(Self.binsPerDecade))))
        if value < edges[bin] { bin -= 1 }
        if value >= edges[bin + 1] { bin += 1 }
        counts[bin] += 1
      } else {
        above += 1
      }
    }
    self.counts = counts
    self.below = below
    self.above = above
  }
}
