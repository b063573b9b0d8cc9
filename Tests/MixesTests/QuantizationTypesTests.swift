import Mixes
import Schemes
import Testing

@Suite struct QuantizationTypesTests {
  @Test func `every listed name is known`() throws {
    for name in QuantizationTypes.names {
      #expect(try #require(QuantizationTypes.named(name)).name == name)
    }
    #expect(Set(QuantizationTypes.names).count == QuantizationTypes.names.count)
  }

  @Test func `a name of both is the mix`() throws {
    guard case .mix(let mix) = try #require(QuantizationTypes.named("q6_k")) else {
      Issue.record("q6_k is a mix")
      return
    }
    #expect(mix.base == "q6_k")
    guard case .single(let format) = try #require(QuantizationTypes.named("q4_k")) else {
      Issue.record("q4_k is a format")
      return
    }
    #expect(format.name == "q4_k")
  }

  @Test func `unknown names are unknown`() {
    #expect(QuantizationTypes.named("q4_K_M") == nil)
    #expect(QuantizationTypes.named("q9_k") == nil)
  }

  /// Every format that a mix can give is one that this version knows.
  @Test(arguments: Mixes.all.map { $0.name })
  func `bases are known`(name: String) throws {
    let mix = try #require(Mixes.named(name))
    #expect(WeightFormats.named(mix.base) != nil)
  }

  @Test func `only matrices inside of blocks take these types`() throws {
    let model = MixModel(
      architecture: "llama", layerCount: 2, headsPerKeyValueHead: 1, output: .ownMatrix, guidance: .none)
    for name in ["int4_g128", "nf4"] {
      let type = try #require(QuantizationTypes.named(name))
      #expect(type.format(at: TensorPlace(role: .attentionQuery, columns: 256), in: model) == name)
      #expect(type.format(at: TensorPlace(role: .tokenEmbedding, columns: 256), in: model) == nil)
      #expect(type.format(at: TensorPlace(role: .output, columns: 256), in: model) == nil)
    }
  }
}
