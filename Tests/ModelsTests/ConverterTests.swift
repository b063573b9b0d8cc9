import Checkpoints
import Foundation
import Models
import TestSupport
import Tensors
import Testing

/// What GGUF files call tensors, and what they say of a model, against llama.cpp's own converter (`families-gguf.json`).
struct ConverterTests {
  private static func recorded(_ name: String) -> [String: Any]? {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/families-gguf.json")
    let data = try? Data(contentsOf: path)
    let parsed = data.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: [String: Any]] }
    return parsed?[name]
  }

  /// Where the converter says something else, as `scripts/interop-models.py` has it with the reasons.
  private static let otherValues: Set<String> = [
    "chatglm.context_length", "chatglm.attention.layer_norm_rms_epsilon", "bloom.context_length",
    "granitehybrid.context_length", "nemotron_h.context_length", "nemotron_h_moe.context_length",
  ]
  private static let theirs: Set<String> = [
    "nemotron.attention.layer_norm_rms_epsilon", "glm4moe.nextn_predict_layers", "exaone-moe.nextn_predict_layers",
    "modern-bert.attention.layer_norm_rms_epsilon", "modern-bert.classifier.pooling_type",
  ]

  @Test(arguments: FamilyFixture.all.indices)
  func tensorsAndKeysAreThoseOfTheConverter(index: Int) throws {
    let fixture = FamilyFixture.all[index]
    let recorded = try #require(Self.recorded(fixture.name), "\(fixture.name)")
    let folder = try TemporaryFolder()
    let model = try ModelSource(path: try fixture.write(to: folder), on: Workers(count: 2))
    var shapes: [String: [Int]] = [:]
    for derived in model.architecture.derivedTensors(model.shape) { shapes[derived.name] = derived.shape.reversed() }
    for spec in model.weights { shapes[spec.ggufName] = spec.gguf.shape.reversed() }
    let expected = (recorded["tensors"] as? [String: [Any]] ?? [:]).compactMapValues { $0[1] as? [Int] }
    // llama.cpp takes sides that are not there for 1.
    func trimmed(_ shape: [Int]) -> [Int] { shape.last == 1 ? trimmed(shape.dropLast()) : shape }
    #expect(shapes.mapValues(trimmed) == expected.mapValues(trimmed), "\(fixture.name)")

    let metadata = recorded["metadata"] as? [String: Any] ?? [:]
    let ours = Dictionary(model.architecture.metadata(model.shape).map { ($0.key, $0.value) }) { $1 }
    let prefix = "\(model.architecture.ggufName)."
    #expect(metadata["general.architecture"] as? String == model.architecture.ggufName)
    for (key, value) in metadata where key.hasPrefix(prefix) && !Self.otherValues.contains(key) {
      guard let own = ours[key] else {
        #expect(Self.theirs.contains(key), "\(fixture.name): only the converter writes \(key) = \(value)")
        continue
      }
      let isEqual =
        if let text = value as? String {
          own.asString == text || text.contains("sha256")
        } else if let list = value as? [Any] {
          own.asArray?.count == list.count
        } else if let number = value as? Double {
          own.asBool.map { $0 == (number != 0) } ?? own.asNumber.map { abs($0 - number) <= 1e-6 * abs(number) } ?? false
        } else { false }
      #expect(isEqual, "\(fixture.name): \(key) is \(own), not \(value)")
    }
  }
}
