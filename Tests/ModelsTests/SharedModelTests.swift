import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// Trained models against transformers: what a decoder is for.
@Suite(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
struct SharedModelTests {
  /// Logits of one position: a few tokens of the vocabulary and their values.
  private typealias Position = (position: Int, logits: [(token: Int, value: Double)])

  /// transformers 5.23.0 and torch 2.15.0 in float32 with eager attention, for the 70 tokens
  /// `(1 + 37 * i * i + 11 * i) % vocabulary`; the last logit of each position is the largest.
  private static let stories: [Position] = [
    (0, [(0, -6.22438), (1, 8.40779), (17, -6.22377), (256, -6.22403), (511, -4.40631), (403, 17.02454)]),
    (1, [(0, -14.90482), (1, 1.42438), (17, -14.90261), (256, -14.9037), (511, -11.0885), (419, 12.57572)]),
    (5, [(0, -13.48159), (1, 2.87258), (17, -13.48048), (256, -13.47986), (511, -10.09912), (295, 13.42156)]),
    (63, [(0, -13.45712), (1, 3.42046), (17, -13.45619), (256, -13.45658), (511, -10.31791), (426, 11.7527)]),
    (64, [(0, -13.22508), (1, 3.4993), (17, -13.22412), (256, -13.2245), (511, -10.22222), (426, 12.03292)]),
    (69, [(0, -11.77347), (1, 2.50214), (17, -11.77276), (256, -11.77142), (511, -9.96217), (419, 14.91525)]),
  ]

  private static let wikicode: [Position] = [
    (0, [(0, -12.7761), (1, 3.16466), (17, 1.04298), (2048, -4.96591), (4095, -5.37438), (31, 6.10999)]),
    (1, [(0, -15.39733), (1, 1.29179), (17, 2.15026), (2048, -4.66604), (4095, -5.21749), (15, 5.38194)]),
    (5, [(0, -10.04614), (1, 1.59206), (17, -2.57048), (2048, -1.91403), (4095, -4.50199), (14, 5.51657)]),
    (63, [(0, -8.06037), (1, 3.54367), (17, 2.76084), (2048, -0.24651), (4095, -3.35011), (311, 5.01025)]),
    (64, [(0, -3.93503), (1, 1.35723), (17, 1.87703), (2048, 2.03669), (4095, -0.31385), (3052, 9.39591)]),
    (69, [(0, -6.43486), (1, 0.61834), (17, -2.47705), (2048, -1.80936), (4095, -3.25882), (361, 9.10318)]),
  ]

  @Test func storiesAgreesWithTransformers() throws {
    try expect(Self.stories, of: "models/stories260k")
  }

  @Test func wikicodeAgreesWithTransformers() throws {
    try expect(Self.wikicode, of: "models/wikicode-6m")
  }

  /// The same model as llama.cpp's converter wrote it, its query and key rows in another order.
  @Test func wikicodeAsGGUFAgreesWithTransformers() throws {
    try expect(Self.wikicode, of: "models/reference/wikicode-6m-f16.gguf")
  }

  @Test func bothContainersHoldTheSameWeights() throws {
    let folder = try ModelSource(path: SharedMaterial.path("models/wikicode-6m"), on: .all)
    let file = try ModelSource(path: SharedMaterial.path("models/reference/wikicode-6m-f16.gguf"), on: .all)
    #expect(folder.weights == file.weights)
    for spec in folder.weights {
      #expect(try folder.matrix(spec).array() == file.matrix(spec).array(), "\(spec.ggufName)")
    }
  }

  private func expect(_ positions: [Position], of model: String) throws {
    let source = try ModelSource(path: SharedMaterial.path(model), on: .all)
    let tokens = (0..<70).map { Int32((1 + 37 * $0 * $0 + 11 * $0) % source.shape.vocabularySize) }
    let decoder = Decoder(source, sequenceLength: tokens.count, on: .all)
    let input = try source.input()
    var hidden = decoder.embed(tokens, input)
    for layer in 0..<source.shape.layers { decoder.run(try source.block(layer), &hidden) }
    let normalized = decoder.normalize(hidden, try source.matrix(.outputNorm))
    #expect(source.shape.tiedOutput)
    let logits = decoder.logits(normalized, input.table.matrix)
    for (position, expected) in positions {
      #expect(relativeDistance(expected.map { logits[position, $0.token] }, expected.map(\.value)) < 5e-5)
      let row = logits.copy(rows: position..<position + 1).array()
      #expect(row.firstIndex(of: row.max() ?? .nan) == expected.last?.token)
    }
  }
}
