import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct VectorRoundingTests {
  /// A row loses less of Σ w x² than by nearest vectors, and what the rounding minimises is smaller.
  @Test func takesAwayBias() throws {
    let scheme = try #require(WeightFormats.named("iq1_s") as? any Scheme)
    let book = try #require(scheme.vectors)
    var random = SeededRandom(seed: 11)
    let x = (0..<1024).map { _ in random.gaussian() }
    let w = (0..<1024).map { _ in Float.random(in: 0.2...3, using: &random) }
    let row = scheme.fit(x.span, importance: w.span)
    let grid = Grid(
      levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, vectors: scheme.vectors, rows: [row])
    var codes = [UInt8](repeating: 0, count: 1024)
    var span = codes.mutableSpan
    grid.nearestCodes(x.span, importance: w.span, row: 0, into: &span)
    var values = x
    grid.forEachValue(codes.span, row: 0) { values[$0] = $1 }
    let ours = Self.sums(x, w, values)
    let nearest = Self.sums(x, w, Self.nearest(x, w, row, book))
    #expect(nearest.bias < -0.01, "the fit leaves a bias to take away: \(nearest.bias)")
    #expect(abs(ours.bias) < 0.75 * abs(nearest.bias), "\(ours.bias) \(nearest.bias)")
    func objective(_ sums: (error: Double, bias: Double)) -> Double { sums.error + 10 * sums.bias * sums.bias }
    #expect(objective(ours) < objective(nearest), "\(ours) \(nearest)")
  }

  /// What a grid can say already stays as it is.
  @Test(arguments: ["iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq3_xxs", "iq3_s"])
  func keepsValuesOfTheGrid(name: String) throws {
    let scheme = try #require(WeightFormats.named(name) as? any Scheme)
    var random = SeededRandom(seed: 12)
    let x = (0..<512).map { _ in random.gaussian() }
    let w = (0..<512).map { _ in Float.random(in: 0.2...3, using: &random) }
    let grid = Grid(
      levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, vectors: scheme.vectors,
      rows: [scheme.fit(x.span, importance: w.span)])
    var codes = [UInt8](repeating: 0, count: 512)
    var first = codes.mutableSpan
    grid.nearestCodes(x.span, importance: w.span, row: 0, into: &first)
    var values = x
    grid.forEachValue(codes.span, row: 0) { values[$0] = $1 }
    var again = codes
    var second = again.mutableSpan
    grid.nearestCodes(values.span, importance: w.span, row: 0, into: &second)
    #expect(again == codes)
  }

  /// Σ w e² and Σ w x e as shares of Σ w x².
  private static func sums(_ x: [Float], _ w: [Float], _ values: [Float]) -> (error: Double, bias: Double) {
    var (error, bias, whole) = (0.0, 0.0, 0.0)
    for index in x.indices {
      let (x, w, e) = (Double(x[index]), Double(w[index]), Double(values[index] - x[index]))
      error += w * e * e
      bias += w * x * e
      whole += w * x * x
    }
    return (error / whole, bias / whole)
  }

  /// For each run of columns the vector with the least Σ w e², by looking at all.
  private static func nearest(_ x: [Float], _ w: [Float], _ row: GridRow, _ book: VectorCodebook) -> [Float] {
    var values = x
    let columns = book.columnsPerVector
    let columnsPerGroup = x.count / row.scales.count
    for start in stride(from: 0, to: x.count, by: columns) {
      let group = start / columnsPerGroup
      let scale = row.scales[group]
      var least = Float.infinity
      for vector in book.books[Int(row.nested.books[group])] {
        let own = (0..<columns).map { scale * book.levels[Int(book.codes[vector * columns + $0])] }
        let cost = (0..<columns).reduce(Float(0)) {
          $0 + w[start + $1] * (x[start + $1] - own[$1]) * (x[start + $1] - own[$1])
        }
        guard cost < least else { continue }
        least = cost
        for column in 0..<columns { values[start + column] = own[column] }
      }
    }
    return values
  }
}
