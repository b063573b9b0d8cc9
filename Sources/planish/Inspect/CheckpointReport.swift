import Checkpoints
import Foundation
import JSON
import Pipeline

/// What is in a checkpoint.
struct CheckpointReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    let bytes: Int
  }

  let path: String
  let metadata: [String: MetadataValue]
  /// The keys of the metadata in the order of the file.
  let metadataOrder: [String]
  /// Blocks in the order of their numbers.
  let tensors: [Tensor]
  let weights: Int
  let bytes: Int
  let bitsPerWeight: Double

  init(path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    let source: any TensorSource
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      let file = try GGUFFile(path: path)
      source = file
      metadata = Dictionary(file.metadata.entries.map { ($0.key, MetadataValue($0.value)) }) { first, _ in first }
      metadataOrder = file.metadata.keys
    } else {
      let folder = try HuggingFaceFolder(path: path)
      source = folder
      let members = folder.config.members
      metadata = Dictionary(folder.config.keys.compactMap { key in members[key].map { (key, MetadataValue($0)) } }) {
        first, _ in first
      }
      metadataOrder = folder.config.keys
    }
    tensors = source.tensors.all.map {
      Tensor(name: $0.name, shape: $0.shape, type: $0.storage.name, bytes: $0.byteCount)
    }.sorted { NaturalOrder.precedes($0.name, $1.name) }
    weights = source.tensors.all.reduce(0) { $0 + $1.elementCount }
    bytes = tensors.reduce(0) { $0 + $1.bytes }
    bitsPerWeight = weights == 0 ? 0 : 8 * Double(bytes) / Double(weights)
  }

  var text: String {
    var table = TextTable(columns: [.left, .right, .left, .right])
    table.add("tensor", "shape", "type", "bytes")
    for tensor in tensors {
      table.add(tensor.name, tensor.shape.map(String.init).joined(separator: " × "), tensor.type, tensor.bytes.grouped)
    }
    var types: [String: (count: Int, bytes: Int)] = [:]
    for tensor in tensors {
      types[tensor.type, default: (0, 0)].count += 1
      types[tensor.type, default: (0, 0)].bytes += tensor.bytes
    }
    let byType = types.sorted { $0.value.bytes > $1.value.bytes }
      .map { "\($0.key) \($0.value.count) (\($0.value.bytes.grouped) bytes)" }.joined(separator: ", ")
    let keys = metadataOrder.map { "  \($0) = \(metadata[$0]?.text ?? "")".onOneLine }
    return
      (["\(path)"] + keys + ["", table.text, ""]
      + [
        "\(tensors.count) tensors, \(weights.grouped) weights, \(bytes.grouped) bytes, "
          + "\(String(format: "%.2f", bitsPerWeight)) bits per weight", "types: \(byType)",
      ]).joined(separator: "\n")
  }
}
