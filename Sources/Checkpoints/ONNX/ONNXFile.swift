import Foundation
import Tensors

/// A mapped model of ONNX that this program wrote: its constants as the matrices and vectors of a Hugging Face folder.
///
/// Weights are stored under the names that a folder gives them. What a graph computes is not looked at beyond what its weights are: the
/// configuration beside it says that, and so graphs of other programs are refused.
package struct ONNXFile: TensorSource {
  package let path: String
  package let tensors: TensorTable
  /// The files that hold the weights.
  let dataFiles: [String]

  /// The name that the graph has in a folder.
  package static let name = "model.onnx"
  /// Who must have written it.
  package static let producer = "planish"

  /// Opens a model and the files of its constants, which stand beside it.
  ///
  /// - Throws: `.malformed` where the graph or its constants contradict themselves or the files, `.missing` where a file is not there.
  package init(path: String) throws(CheckpointError) {
    let file = try MappedFile.open(path)
    let model = try ONNXModel(file)
    guard model.producer == Self.producer else {
      throw .malformed(
        path: path, part: .header("producer"), found: model.producer.isEmpty ? "no name" : model.producer,
        expected: "\(Self.producer): what other programs' graphs compute is not read")
    }
    let stored = try Self.constants(model.graph, file)
    self.path = path
    dataFiles = Set(stored.all.map(\.path)).subtracting([path]).sorted()
    tensors = try ONNXWeightReader(path: path, model.graph, stored).assembled()
  }

  private static func constants(_ graph: ONNXGraph, _ file: MappedFile) throws(CheckpointError) -> TensorTable {
    let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent().path
    var files: [String: MappedFile] = [:]
    var table = TensorTable()
    for constant in graph.initializers {
      func error(_ found: String, _ expected: String) -> CheckpointError {
        .malformed(path: file.path, part: .tensor(constant.name, "storage"), found: found, expected: expected)
      }
      let (mapped, range): (MappedFile, Range<Int>)
      switch constant.place {
      case .inside(let own): (mapped, range) = (file, own)
      case .file(let name, let offset, let length):
        let known: MappedFile
        if let open = files[name] { known = open } else { known = try MappedFile.open("\(folder)/\(name)") }
        files[name] = known
        guard offset <= known.count, length <= known.count - offset else {
          throw error("\(length) bytes from \(offset) on", "a place inside of \(name), which has \(known.count) bytes")
        }
        (mapped, range) = (known, offset..<offset + length)
      }
      let storage = SafetensorsType(rawValue: constant.type.safetensorsName)?.storage(shape: constant.shape)
      let tensor = StoredTensor(
        name: constant.name, shape: constant.shape, storage: storage ?? .other(constant.type.safetensorsName),
        file: mapped, range: range)
      guard table.add(tensor) else { throw error("a name that is taken", "each name once") }
    }
    return table
  }
}
