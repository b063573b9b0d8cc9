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
  /// More JSON files of the folder, by name.
  var files: [String: [String: Any]] = [:]

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

  /// All matrices of which that is known.
  static func expectedMatrices(_ name: String) throws -> [StoredTensor] {
    try SafetensorsFile(path: "\(path(name))/expected.safetensors").tensors.all.filter {
      !["x", "rounded"].contains($0.name)
    }
  }

  /// Changes one key of `quantization_config`.
  mutating func set(_ key: String, _ value: Any?) {
    var inner = config["quantization_config"] as? [String: Any] ?? [:]
    inner[key] = value
    config["quantization_config"] = inner
  }

  /// Changes one key of what a configuration of compressed-tensors says of inputs.
  mutating func setInputs(_ key: String, _ value: Any) {
    change(["quantization_config", "config_groups", "group_0", "input_activations"]) { $0[key] = value }
  }

  /// Changes an object inside of config.json, which is made where it is not there.
  mutating func change(_ path: [String], _ change: (inout [String: Any]) -> Void) {
    Self.change(&config, path[...], change)
  }

  private static func change(
    _ object: inout [String: Any], _ path: ArraySlice<String>, _ change: (inout [String: Any]) -> Void
  ) {
    guard let key = path.first else { return change(&object) }
    var inner = object[key] as? [String: Any] ?? [:]
    self.change(&inner, path.dropFirst(), change)
    object[key] = inner
  }

  /// Writes the folder and opens it.
  func open() throws -> HuggingFaceFolder {
    let folder = try TemporaryFolder()
    let text = try JSONSerialization.data(withJSONObject: config, options: [.sortedKeys])
    try folder.write("config.json", Array(text))
    for (name, content) in files {
      try folder.write(name, Array(JSONSerialization.data(withJSONObject: content)))
    }
    let names = tensors.keys.sorted()
    var writer = try SafetensorsWriter(
      path: folder.path("model.safetensors"),
      tensors: names.map { name in
        SafetensorsPlannedTensor(name: name, shape: tensors[name]?.shape ?? [], type: tensors[name]?.type ?? "")
      })
    for name in names {
      // What is empty has nothing to append.
      guard let bytes = tensors[name]?.bytes, !bytes.isEmpty else { continue }
      try writer.append(bytes.span.bytes, to: name)
    }
    try writer.finish().publish()
    return try HuggingFaceFolder(path: folder.url.path)
  }
}
