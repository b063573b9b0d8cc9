import Tensors
import Testing

struct SplitMix64Tests {
  /// The numbers that Vigna's reference implementation, splitmix64.c, gives for this seed.
  @Test func publishedVectors() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test(arguments: [1, 2, 3, 10, 1 << 63, (1 << 63) + 1, .max] as [UInt64])
  func numbersStayBelowTheirBound(bound: UInt64) {
    var generator = SplitMix64(seed: 3)
    #expect((0..<1000).allSatisfy { _ in generator.next(below: bound) < bound })
  }

  @Test func everyNumberBelowTheBoundComesAboutEquallyOften() {
    var generator = SplitMix64(seed: 11)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<6000 { counts[Int(generator.next(below: 6))] += 1 }
    // Four standard deviations of a binomial count with mean 1000.
    #expect(counts.allSatisfy { abs($0 - 1000) < 116 })
  }
}
