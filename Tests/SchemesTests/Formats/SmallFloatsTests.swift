import Schemes
import Testing

@Suite struct SmallFloatsTests {
  @Test func numbersAreThoseOfTheSpecifications() {
    let e4m3 = SmallFloat.e4m3.values
    #expect([0x00, 0x01, 0x08, 0x38, 0x7E, 0xFE].map { e4m3[$0] } == [0, 0x1p-9, 0x1p-6, 1, 448, -448])
    #expect(e4m3.indices.filter { e4m3[$0].isNaN } == [0x7F, 0xFF])
    #expect(e4m3.allSatisfy { !$0.isInfinite })
    let e5m2 = SmallFloat.e5m2.values
    #expect(
      [0x01, 0x04, 0x3C, 0x7B, 0x7C, 0xFC].map { e5m2[$0] } == [0x1p-16, 0x1p-14, 1, 57344, .infinity, -.infinity])
    #expect(e5m2.count { $0.isNaN } == 6)
    let e8m0 = SmallFloat.e8m0.values
    #expect([0, 1, 127, 128, 254].map { e8m0[$0] } == [0x1p-127, 0x1p-126, 1, 2, 0x1p127])
    #expect(e8m0[255].isNaN)
    #expect(SmallFloat.e2m1.values == [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])
    for number in SmallFloat.allCases { #expect(number.values.filter(\.isFinite).max() == number.largest) }
  }

  /// The nearest number of the table; of two, that with the even stored number.
  private func nearest(_ x: Float, _ number: SmallFloat) -> Float {
    let table = number.values.enumerated().filter { $0.element.isFinite && $0.offset < number.values.count / 2 }
    // What lies beyond the largest must not swallow differences.
    let size = min(abs(x), 2 * number.largest)
    let best = table.min { first, second in
      let (a, b) = (abs(size - first.element), abs(size - second.element))
      return a != b ? a < b : first.offset % 2 < second.offset % 2
    }
    return x < 0 ? -(best?.element ?? 0) : best?.element ?? 0
  }

  @Test(arguments: [SmallFloat.e4m3, .e2m1])
  func roundingFindsTheNearestNumber(_ number: SmallFloat) {
    let positive = number.values.filter { $0.isFinite && $0 >= 0 }.sorted()
    var cases: [Float] = [1e-30, 1e30, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    for (low, high) in zip(positive, positive.dropFirst()) {
      for part in [0, 0.25, 0.5, 0.75] as [Float] { cases.append(low + part * (high - low)) }
      let middle = low + 0.5 * (high - low)
      cases += [middle.nextUp, middle.nextDown]
    }
    for x in cases {
      #expect(number.rounded(x) == nearest(x, number), "\(x)")
      #expect(number.rounded(-x) == -nearest(x, number), "\(-x)")
    }
  }
}
