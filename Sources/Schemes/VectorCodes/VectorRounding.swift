/// Rounds a row of weights to vectors under the scales of its grid.
///
/// Nearest vectors make values that are smaller than their weights on the whole: Σ w x e = −Σ w e² at the best scale. Errors of a row that
/// have this in common shrink an output, and count `strength` times what independent ones do; so the row minimises
/// Σ w e² + strength · (Σ w x e)² / Σ w x². Its nearest vectors are those of x · (1 + λ), λ = −strength · Σ w x e / Σ w x². The bias
/// falls nearly in a line with λ, so that two trials on a sample of the row's groups tell it.
struct VectorRounding {
  /// Against rounding as llama-quantize does with the same importance, mean divergence of two models of 4 and 6 million weights at
  /// strength 0, 3 and 10: in iq1_s 1.13 and 1.09, 1.01 and 1.00, 0.93 and 0.97; in iq2_xs 1.03 and 1.05, 1.00 and 1.03, 0.99 and 1.01.
  private static let strength: Float = 10
  private static let sampledGroups = 32
  private static let largest: Float = 0.3

  private let grid: GridRow
  private let columnsPerGroup: Int
  private let book: VectorCodebook
  private var x: [Float]
  private var relative: [Float]

  init(_ grid: GridRow, columnsPerGroup: Int, of book: VectorCodebook) {
    self.grid = grid
    self.columnsPerGroup = columnsPerGroup
    self.book = book
    x = [Float](repeating: 0, count: columnsPerGroup)
    relative = x
  }

  mutating func round(_ weights: Span<Float>, _ importance: Span<Float>, into codes: inout MutableSpan<UInt8>) {
    let book = book
    var rounder = DiagonalRounder(book, columns: columnsPerGroup)
    let scale = 1 / (1 + inflation(weights, importance, &rounder))
    for group in 0..<grid.scales.count {
      _ = load(group, weights, importance, into: &rounder)
      _ = rounder.round(0..<columnsPerGroup, scale: scale, book: bookOfGroup(group), flips: 4)
      rounder.setCodes(&codes, group * columnsPerGroup..<(group + 1) * columnsPerGroup)
    }
  }

  private func bookOfGroup(_ group: Int) -> Int { grid.nested.books.isEmpty ? 0 : Int(grid.nested.books[group]) }

  /// Takes a group's weights in units of its scale, and their importance in units of the largest, so that squares stay in the range
  /// of Float.
  ///
  /// - Returns: the largest importance.
  private mutating func load(
    _ group: Int, _ weights: Span<Float>, _ importance: Span<Float>, into rounder: inout DiagonalRounder
  ) -> Float {
    let count = columnsPerGroup
    let columns = group * count..<(group + 1) * count
    let (weights, importance) = (weights.extracting(columns), importance.extracting(columns))
    let inverse = grid.scales[group] == 0 ? 0 : 1 / grid.scales[group]
    var largest: Float = 0
    for index in 0..<count { largest = max(largest, importance[unchecked: index]) }
    var values = x.mutableSpan
    for index in 0..<count {
      values[unchecked: index] = max(-1e6, min(1e6, weights[unchecked: index] * inverse))
    }
    var shares = relative.mutableSpan
    for index in 0..<count {
      shares[unchecked: index] = largest > 0 ? max(1e-6, importance[unchecked: index] / largest) : 1
    }
    rounder.load(x.span, importance: relative.span)
    return largest
  }

  /// λ of the row.
  private mutating func inflation(
    _ weights: Span<Float>, _ importance: Span<Float>, _ rounder: inout DiagonalRounder
  ) -> Float {
    let trial: Float = 0.15
    var (xx, plain, inflated): (Double, Double, Double) = (0, 0, 0)
    let step = max(1, grid.scales.count / Self.sampledGroups)
    for group in stride(from: 0, to: grid.scales.count, by: step) {
      let largest = load(group, weights, importance, into: &rounder)
      let weight = Double(grid.scales[group]) * Double(grid.scales[group]) * Double(largest)
      guard weight > 0 else { continue }
      var own: Float = 0
      for index in 0..<columnsPerGroup { own += relative[index] * x[index] * x[index] }
      xx += weight * Double(own)
      let (columns, book) = (0..<columnsPerGroup, bookOfGroup(group))
      plain += weight * Double(rounder.round(columns, scale: 1, book: book, flips: 1).qx)
      inflated += weight * Double(rounder.round(columns, scale: 1 / (1 + trial), book: book, flips: 1).qx)
    }
    guard xx > 0 else { return 0 }
    let bias = Float((plain - xx) / xx)
    let slope = Float((inflated - plain) / xx) / trial
    let factor = 1 + Self.strength * slope
    guard factor > 0 else { return 0 }
    return max(0, min(Self.largest, -Self.strength * bias / factor))
  }
}
