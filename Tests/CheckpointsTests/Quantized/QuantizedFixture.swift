import Checkpoints
import Foundation
import TestSupport

/// A small module as another program stored it (`Tests/Fixtures/quantized.py`), open to damage.
struct QuantizedFixture {
  struct Tensor {
    var shape: [Int]
    var type: String
    var bytes: [UInt8]
  }

  var config: [String: Any]
  /// By full name, such as `m.qweight`.
  var tensors: [String: Tensor] = [:]

  static let folder = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/quantized")

  /// The names of all.
  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  init(_ name: String) throws {
    let path = Self.path(name)
    let text = try Data(contentsOf: URL(filePath: "\(path)/config.json"))
    config = try JSONSerialization.jsonObject(with: text) as? [String: Any] ?? [:]
    for tensor in try SafetensorsFile(path: "\(path)/model.safetensors").tensors.all {
      let bytes = tensor.withBytes { $0.withUnsafeBytes { Array($0) } }
      tensors[tensor.name] = Tensor(shape: tensor.shape, type: tensor.storage.name.uppercased(), bytes: bytes)
    }
  }

  /// What the program that wrote it decodes it to.
  static func expected(_ name: String) throws -> [Float] {
    try SafetensorsFile(path: "\(path(name))/expected.safetensors").matrix("m.weight").array()
  }

  /// Changes one key of `quantization_config`.
  mutating func set(_ key: String, _ value: Any?) {
    var inner = config["quantization_config"] as? [String: Any] ?? [:]
    inner[key] = value
    config["quantization_config"] = inner
  }

  /// Changes one key of what a configuration of compressed-tensors says of inputs.
  mutating func setInputs(_ key: String, _ value: Any) {
    var inner = config["quantization_config"] as? [String: Any] ?? [:]
    var groups = inner["config_groups"] as? [String: Any] ?? [:]
    var group = groups["group_0"] as? [String: Any] ?? [:]
    var inputs = group["input_activations"] as? [String: Any] ?? [:]
    inputs[key] = value
    group["input_activations"] = inputs
    groups["group_0"] = group
    inner["config_groups"] = groups
    config["quantization_config"] = inner
  }

  /// Writes the folder and opens it.
  func open() throws -> HuggingFaceFolder {
    let folder = try TemporaryFolder()
    let text = try JSONSerialization.data(withJSONObject: config, options: [.sortedKeys])
    try folder.write("config.json", Array(text))
    let names = tensors.keys.sorted()
    var writer = try SafetensorsWriter(
      path: folder.path("model.safetensors"),
      tensors: names.map { name in
        SafetensorsPlannedTensor(name: name, shape: tensors[name]?.shape ?? [], type: tensors[name]?.type ?? "")
      })
    for name in names {
      let bytes = tensors[name]?.bytes ?? []
      try writer.append(bytes.span.bytes, to: name)
    }
    try writer.finish().publish()
    return try HuggingFaceFolder(path: folder.url.path)
  }
}
