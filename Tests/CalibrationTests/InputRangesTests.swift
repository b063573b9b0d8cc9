import Calibration
import Models
import Tensors
import TestSupport
import Testing

@Suite struct InputRangesTests {
  /// The squared error of eight-bit codes, number by number.
  private static func error(_ values: [Float], _ scale: Float) -> Double {
    values.reduce(0) { sum, value in
      let code = max(-128, min(127, (value / scale).rounded(.toNearestOrEven)))
      let difference = Double(value) - Double(code) * Double(scale)
      return sum + difference * difference
    }
  }

  private static func spread(_ values: [Float], workers: Int = 2) throws -> InputSpread {
    let ranges = InputRanges(on: Workers(count: workers))
    let columns = 16
    ranges.add(
      Matrix(rows: values.count / columns, columns: columns) { values[$0 * columns + $1] }, at: .attentionInput)
    return try #require(ranges.all[.attentionInput])
  }

  private static func gaussian(_ count: Int, seed: UInt64, outliers: [Float] = []) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<count - outliers.count).map { _ in random.gaussian() } + outliers
  }

  /// The scale is as good as the best of all that are tried, number by number.
  @Test(arguments: [[], [12, -9], [60], [400, -380, 390]] as [[Float]])
  func theScaleLeavesTheSmallestError(_ outliers: [Float]) throws {
    let values = Self.gaussian(16 * 600, seed: 3, outliers: outliers)
    let spread = try Self.spread(values)
    let largest = values.reduce(0) { max($0, abs($1)) }
    #expect(spread.largest == largest && spread.largestScale == largest / 127)
    let best = (1...100).map { Self.error(values, spread.largestScale * Float($0) / 100) }.min() ?? 0
    #expect(Self.error(values, spread.scale) <= 1.02 * best)
    #expect(spread.scale <= spread.largestScale)
  }

  /// One number far beyond all others is cut off only where that pays.
  @Test func rareOutliersAreCutOff() throws {
    let values = Self.gaussian(16 * 4000, seed: 4, outliers: [30])
    let spread = try Self.spread(values)
    #expect(spread.scale < 0.9 * spread.largestScale)
    let even = (0..<1600).map { Float($0 % 255 - 127) }
    #expect(try Self.spread(even).scale > 0.98)
  }

  @Test func workersAndBatchesChangeNothing() throws {
    let values = Self.gaussian(16 * 1000, seed: 5)
    let one = try Self.spread(values, workers: 1)
    let ranges = InputRanges(on: Workers(count: 2))
    for batch in 0..<4 {
      ranges.add(
        Matrix(rows: 250, columns: 16) { values[(batch * 250 + $0) * 16 + $1] }, at: .feedForwardInput)
    }
    let parts = try #require(ranges.all[.feedForwardInput])
    #expect(parts.scale == one.scale && parts.largest == one.largest)
  }

  @Test func inputsOfNothingHaveNoScale() throws {
    #expect(try Self.spread([Float](repeating: 0, count: 64)).scale == 0)
  }
}
