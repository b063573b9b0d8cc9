import Schemes
import Testing

@Suite struct IntegerTypeTests {
  @Test func `names say bits, columns and zero`() throws {
    let type = try #require(IntegerType.named("int4_g128_asym"))
    #expect(type.bits == 4 && type.group == .columns(128) && type.zero == .point)
    let row = try #require(IntegerType.named("int8_row"))
    #expect(row.bits == 8 && row.group == .row && row.zero == .symmetric)
    let bias = try #require(IntegerType.named("int2_g64_bias"))
    #expect(bias.bits == 2 && bias.group == .columns(64) && bias.zero == .bias)
    #expect(Set(IntegerType.all.map(\.name)).count == IntegerType.all.count)
  }

  @Test(arguments: [
    "int4", "int5_g128", "int4_g16", "int4_g128_sym", "INT4_g128", "int4_row_", "int4_g128_asym_bias", "",
  ])
  func `other names are unknown`(name: String) {
    #expect(IntegerType.named(name) == nil)
    #expect(WeightFormats.named(name, columns: 128) == nil)
  }

  @Test func `groups divide rows`() throws {
    let group = try #require(IntegerType.named("int4_g128"))
    #expect(group.scheme(columns: 384)?.columnsPerGroup == 128)
    #expect(group.scheme(columns: 192) == nil)
    let row = try #require(IntegerType.named("int3_row"))
    #expect(row.scheme(columns: 172)?.columnsPerGroup == 172)
    #expect(row.scheme(columns: 0) == nil)
  }

  @Test(arguments: [
    ("int4_g128", 4.125), ("int4_g128_asym", 4.1875), ("int4_g64_bias", 4.5), ("int8_g32", 8.5), ("int3_g128", 3.125),
    ("int2_g64_asym", 2.375),
  ])
  func `bits per weight`(name: String, bits: Double) throws {
    #expect(try #require(WeightFormats.named(name, columns: 256)).bitsPerWeight == bits)
  }

  @Test func `rows that groups do not divide become f16, with a reason`() throws {
    let fallback = try #require(Fallback.needed(for: "int4_g128", columns: 192))
    #expect(fallback.to == "f16")
    #expect(fallback.reason == "192 columns are no multiple of int4_g128's block of 128; stored as f16")
    #expect(Fallback.needed(for: "int4_row", columns: 173) == nil)
    #expect(try #require(Fallback.needed(for: "nf4", columns: 96)).reason.contains("nf4's block of 64"))
  }
}
