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
    #expect(fallback.reason == "288 columns are no multiple of \(from)'s block of 256; stored as \(to)")
  }

  @Test(arguments: ["q4_k", "q8_0", "q4_0"])
  func `rows that fit no block become f16`(from: String) throws {
    #expect(try #require(Fallback.needed(for: from, columns: 172)).to == "f16")
  }
}
