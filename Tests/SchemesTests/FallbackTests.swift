import Schemes
import Testing

@Suite struct FallbackTests {
  @Test func `nothing changes where rows fit`() {
    #expect(Fallback.needed(for: "q4_k", columns: 512) == nil)
    #expect(Fallback.needed(for: "q8_0", columns: 96) == nil)
    #expect(Fallback.needed(for: "f16", columns: 7) == nil)
  }

  @Test(arguments: [("q4_k", "q5_0"), ("q5_k", "q5_1"), ("q6_k", "q8_0"), ("q2_k", "q4_0"), ("iq4_xs", "iq4_nl")])
  func `super-blocks give way to blocks`(from: String, to: String) throws {
    let fallback = try #require(Fallback.needed(for: from, columns: 288))
    #expect(fallback.to == to)
    let reason = "288 columns are no multiple of \(from)'s block of 256; stored as \(to), "
    #expect(fallback.reason.hasPrefix(reason) && fallback.reason.contains(" bits per weight instead of "))
  }

  @Test func bitsAreSaid() throws {
    let reason = try #require(Fallback.needed(for: "q2_k", columns: 576)).reason
    #expect(reason.hasSuffix("stored as q4_0, 4.5 bits per weight instead of 2.63"))
  }

  /// The smallest type of blocks of 32 or 64 that leaves no more than the one that was asked for.
  @Test(arguments: [
    ("iq1_s", 576, "q2_0"), ("iq1_m", 640, "q2_0"), ("tq1_0", 896, "q2_0"), ("tq2_0", 288, "mxfp4"),
    ("iq2_xxs", 576, "mxfp4"), ("q2_0", 96, "mxfp4"), ("q2_k", 576, "mxfp4"), ("iq3_s", 896, "mxfp4"),
    ("iq4_xs", 576, "iq4_nl"), ("q4_k", 576, "iq4_nl"),
    ("q5_k", 576, "q5_0"), ("q6_k", 576, "q8_0"), ("q4_k", 172, "f16"), ("int4_g128", 576, "f16"),
    ("fp8_b128", 576, "fp8_row"),
  ])
  func smallestIsSound(from: String, columns: Int, to: String) throws {
    #expect(try #require(Fallback.smallest(for: from, columns: columns)).to == to)
  }

  @Test func smallestIsNeverMoreThanStock() throws {
    for format in WeightFormats.writable.map({ $0.name }) {
      for columns in [32, 64, 96, 172, 288, 576, 640, 896, 1024] {
        guard let stock = Fallback.needed(for: format, columns: columns) else {
          #expect(Fallback.smallest(for: format, columns: columns) == nil)
          continue
        }
        let smallest = try #require(Fallback.smallest(for: format, columns: columns))
        let own = try #require(WeightFormats.named(smallest.to, columns: columns)).bitsPerWeight
        #expect(own <= (try #require(WeightFormats.named(stock.to, columns: columns)).bitsPerWeight))
        #expect(own >= (try #require(WeightFormats.named(format)).bitsPerWeight), "\(format) \(columns)")
      }
    }
  }

  @Test(arguments: ["q4_k", "q8_0", "q4_0"])
  func `rows that fit no block become f16`(from: String) throws {
    #expect(try #require(Fallback.needed(for: from, columns: 172)).to == "f16")
  }
}
