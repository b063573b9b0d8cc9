import Checkpoints
import Foundation
import Tensors

/// A tiny LoRA for one of the families, and what transformers and peft compute with it.
package struct AdapterFixture: Sendable {
  package let name: String
  package let base: FamilyFixture
  /// adapter_config.json
  package let config: String
  package let tensors: [(name: String, shape: [Int])]
  /// `[tokens, columns]`, as in the base.
  package let logits: [Float]

  package static let all: [AdapterFixture] = FamilyFixture.section("adapters").map { AdapterFixture($0) }

  package static func named(_ name: String) -> AdapterFixture {
    guard let fixture = all.first(where: { $0.name == name }) else { preconditionFailure("no adapter \(name)") }
    return fixture
  }

  private init(_ model: [String: Any]) {
    guard let name = model["name"] as? String, let base = model["base"] as? String,
      let config = model["config"] as? [String: Any], let tensors = model["tensors"] as? [[Any]],
      let text = model["logits"] as? String, let bytes = Data(base64Encoded: text),
      let json = try? JSONSerialization.data(withJSONObject: config, options: [.sortedKeys])
    else { preconditionFailure("families.json has an adapter that families.py did not write") }
    self.name = name
    self.base = .named(base)
    self.config = String(decoding: json, as: UTF8.self)
    self.tensors = FamilyFixture.shapes(tensors)
    logits = FamilyFixture.floats(bytes)
  }

  /// Writes the folder and returns its path.
  ///
  /// - Parameters:
  ///   - changes: other values of adapter_config.json's keys, as JSON.
  ///   - rename: what to call a tensor; nil leaves it out.
  ///   - reshape: another shape for a tensor.
  ///   - more: tensors besides.
  @discardableResult
  package func write(
    to folder: TemporaryFolder, as name: String = "adapter", changing changes: [String: String] = [:],
    rename: (String) -> String? = { $0 }, reshape: [String: [Int]] = [:],
    adding more: [String: [Int]] = [:]
  ) throws -> String {
    var members = try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any] ?? [:]
    for (key, value) in changes {
      members[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: [.fragmentsAllowed])
    }
    let text = try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])
    try folder.write("\(name)/adapter_config.json", String(decoding: text, as: UTF8.self))
    var written = tensors.compactMap { tensor in
      rename(tensor.name).map { (stored: $0, tensor: tensor.name, shape: reshape[tensor.name] ?? tensor.shape) }
    }
    written += more.sorted { $0.key < $1.key }.map { (stored: $0.key, tensor: $0.key, shape: $0.value) }
    var writer = try SafetensorsWriter(
      path: folder.path("\(name)/adapter_model.safetensors"),
      tensors: written.map { SafetensorsPlannedTensor(name: $0.stored, shape: $0.shape, type: "F32") })
    for tensor in written {
      let bytes = ElementType.float32.encode(FamilyFixture.values(of: tensor.tensor, tensor.shape, shift: 0))
      try writer.append(bytes.span.bytes, to: tensor.stored)
    }
    try writer.finish().publish()
    return folder.path(name)
  }
}
