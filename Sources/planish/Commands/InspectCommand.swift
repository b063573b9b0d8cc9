import ArgumentParser
import Checkpoints
import Foundation
import JSON
import Pipeline

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what is in a checkpoint: shapes, types, bits per weight, metadata.")

  @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
  var model: String
  @OptionGroup var format: FormatOptions

  func run() throws {
    let report: CheckpointReport
    do { report = try CheckpointReport(path: model) } catch { throw Failure(because: error) }
    guard !format.json else { return Answer.give(report, "inspect") }
    Terminal.answer(report.text)
  }
}

/// What is in a checkpoint.
struct CheckpointReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    let bytes: Int
  }

  let path: String
  let metadata: [String: String]
  let metadataOrder: [String]
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
      metadata = Dictionary(file.metadata.entries.map { ($0.key, $0.value.summary) }) { first, _ in first }
      metadataOrder = file.metadata.keys
    } else {
      let folder = try HuggingFaceFolder(path: path)
      source = folder
      let members = folder.config.members
      metadata = Dictionary(folder.config.keys.map { ($0, members[$0]?.summary ?? "") }) { first, _ in first }
      metadataOrder = folder.config.keys
    }
    tensors = source.tensors.all.map {
      Tensor(name: $0.name, shape: $0.shape, type: $0.storage.name, bytes: $0.byteCount)
    }
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
    let keys = metadataOrder.map { "  \($0) = \(metadata[$0] ?? "")".onOneLine }
    return
      (["\(path)"] + keys + ["", table.text, ""]
      + [
        "\(tensors.count) tensors, \(weights.grouped) weights, \(bytes.grouped) bytes, "
          + "\(String(format: "%.2f", bitsPerWeight)) bits per weight", "types: \(byType)",
      ]).joined(separator: "\n")
  }
}
