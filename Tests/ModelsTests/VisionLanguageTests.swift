import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// Models of text of Qwen's families with a vision tower, beside what the other suites see of every family.
struct VisionLanguageTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// As transformers names the parts in memory.
  private static func inMemory(_ name: String) -> String {
    if name.hasPrefix("visual.") { return "model." + name }
    return name.hasPrefix("model.") ? "model.language_model." + name.dropFirst("model.".count) : name
  }

  /// A published configuration has the keys of the text beside all others, one that was saved since has them by themselves.
  @Test func keysOfTheTextMayStandBesideAllOthers() throws {
    let fixture = FamilyFixture.named("qwen2-vl")
    let flat = try ModelSource(path: try fixture.write(to: folder), on: workers)
    #expect(flat.shape.choices.positionSections == [2, 3, 3] && flat.shape.tiedOutput && flat.notes == [])
    #expect(flat.carried.allSatisfy { $0.hasPrefix("visual.") } && !flat.carried.isEmpty)
    let members = try #require(try JSONSerialization.jsonObject(with: Data(fixture.config.utf8)) as? [String: Any])
    let outer = [
      "architectures", "model_type", "vision_config", "image_token_id", "video_token_id", "vision_start_token_id",
      "vision_end_token_id",
    ]
    let inner = members.filter { !outer.contains($0.key) }
    let text = String(decoding: try JSONSerialization.data(withJSONObject: inner), as: UTF8.self)
    var changes: [String: String?] = ["text_config": text]
    for key in inner.keys { changes.updateValue(nil, forKey: key) }
    let nested = try ModelSource(
      path: try fixture.write(to: folder, as: "nested", changing: changes, rename: Self.inMemory), on: workers)
    #expect(nested.shape == flat.shape && nested.carried == flat.carried.map(Self.inMemory) && nested.notes == [])
    for (first, second) in zip(flat.weights, nested.weights) {
      #expect(nested.name(of: second) == Self.inMemory(flat.name(of: first)))
    }
  }

  @Test func keysOfAFlatConfigurationAreNamedOnce() throws {
    let path = try FamilyFixture.named("qwen2-vl").write(to: folder, changing: ["sliding_widow": "3"])
    let model = try ModelSource(path: path, on: workers)
    #expect(model.notes.count == 1)
    #expect(model.notes[0].hasSuffix("since Qwen2VLForConditionalGeneration has no such keys: sliding_widow"))
  }

  /// What a vision tower adds to the stream of text is said for what is no text.
  @Test(arguments: [("[0]", 1), ("[0, 1, 2, 3]", 4), (nil, 3)])
  func deepStackIsCounted(indexes: String?, count: Int) throws {
    let fixture = FamilyFixture.named("qwen3-vl")
    let tower = "{\"depth\": 1" + (indexes.map { ", \"deepstack_visual_indexes\": \($0)" } ?? "") + "}"
    let model = try ModelSource(path: try fixture.write(to: folder, changing: ["vision_config": tower]), on: workers)
    #expect(model.shape.choices.deepStackLayers == count)
    let file = try ModelSource(path: try FamilyGGUF.write(model, to: folder), on: workers)
    #expect(file.shape.choices.deepStackLayers == count && file.shape.choices.positionSections == [6, 5, 5])
  }

  /// Experts are published on their side; transformers holds them upright.
  @Test func expertsMayLieEitherWay() throws {
    let shapes = ["qwen3-vl-moe", "qwen3-vl-moe-fused"].map { name in
      FamilyFixture.named(name).tensors.first { $0.name.hasSuffix("experts.down_proj") }?.shape ?? []
    }
    #expect(shapes == [[6, 40, 64], [6, 64, 40]])
  }
}
