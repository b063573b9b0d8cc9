import Foundation
import Mixes
import Models
import Tensors
import TestSupport
import Testing

/// Every family's tensors get what llama-quantize gives them, in every mix (`Tests/Fixtures/family-mixes.py`).
struct FamilyMixTests {
  /// What some families get.
  private struct Choices: Decodable {
    struct Entry: Decodable {
      let variants: [String]
      /// By mix, and in it by names of tensors without layer and suffix.
      let mixes: [String: [String: String]]
    }
    let layers: Int
    let columns: Int
    let families: [Entry]
  }

  private static func choices() throws -> Choices {
    let file = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/family-mixes.json")
    return try JSONDecoder().decode(Choices.self, from: Data(contentsOf: file))
  }

  @Test func everyVariantAndMixIsCovered() throws {
    let choices = try Self.choices()
    #expect(Set(choices.families.flatMap(\.variants)) == Set(FamilyFixture.all.map(\.name)))
    for family in choices.families { #expect(Set(family.mixes.keys) == Set(Mixes.all.map { $0.name })) }
  }

  @Test(arguments: FamilyFixture.all.indices)
  func typesAreLlamaQuantizes(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let choices = try Self.choices()
    let family = try #require(choices.families.first { $0.variants.contains(fixture.name) })
    let folder = try TemporaryFolder()
    let source = try ModelSource(path: fixture.write(to: folder), on: Workers(count: 1))
    var model = MixModel(source.architecture, source.shape, guidance: .importance)
    // Layers from the third on are like the second.
    model.layerCount = choices.layers
    let alike = { (layer: Int) in layer < source.shape.layers ? layer : 1 }
    let feedForward = source.shape.choices.feedForwardLayers
    model.layersWithoutValues = (0..<choices.layers).filter { !source.shape.hasValues(layer: alike($0)) }
    model.layersWithoutFeedForward = (0..<choices.layers).filter { !feedForward.isEmpty && !feedForward[alike($0)] }
    model.valueLayerCount = choices.layers - model.layersWithoutValues.count
    let shared = Set(model.layersWithSharedExpert)
    model.layersWithSharedExpert = (0..<choices.layers).filter { shared.contains(alike($0)) }
    let matrices = source.weights.filter { !$0.isVector }
    let roles = Dictionary(matrices.map { (Self.part($0.ggufName), $0.role) }) { first, _ in first }
    for (name, groups) in family.mixes {
      let mix = try #require(Mixes.named(name))
      let parts = groups.keys.flatMap { $0.split(separator: " ").map(String.init) }
      let quantized = matrices.filter { QuantizedTensors.contains($0.role, dimensions: $0.shape.count { $0 != 1 }) }
      #expect(Set(quantized.map { Self.part($0.ggufName) }).subtracting(parts) == [], "\(fixture.name)")
      for (names, ranges) in groups {
        for part in names.split(separator: " ").map(String.init) {
          let role = try #require(roles[part], "\(fixture.name) \(part)")
          for (layers, expected) in try Self.parsed(ranges) {
            for layer in layers {
              let format =
                QuantizedTensors.contains(role, dimensions: 2) && !QuantizedTensors.staysInFloats(role)
                ? mix.format(at: model.place(role, layer: layer, columns: choices.columns), in: model) : "same"
              #expect(format == expected, "\(fixture.name) \(name) \(part) \(layer)")
            }
          }
        }
      }
    }
  }

  /// The name of a tensor without its layer and suffix.
  private static func part(_ name: String) -> String {
    let words = name.split(separator: ".").filter { $0 != "weight" }
    return (words.first == "blk" ? words.dropFirst(2) : words[...]).joined(separator: ".")
  }

  /// Such as `0-1 q4_k, 2-7 iq2_xs`.
  private static func parsed(_ ranges: String) throws -> [(layers: ClosedRange<Int>, type: String)] {
    try ranges.split(separator: ",").map { range in
      let words = range.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { Int($0) }
      try #require(words.count == 2 && ends.count == 2)
      return (ends[0]...ends[1], String(words[1]))
    }
  }
}
