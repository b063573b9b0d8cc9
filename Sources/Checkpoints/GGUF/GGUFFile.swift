import Foundation
import Tensors

/// A mapped GGUF file, or all parts of a split one, whose headers have been checked completely.
package struct GGUFFile: TensorSource {
  package let path: String
  /// Version of the container: 2 or 3.
  package let version: UInt32
  /// Of the first part.
  package let metadata: GGUFMetadata
  package let tensors: TensorTable
  /// Every file that belongs to the model, in order.
  package let parts: [String]

  /// Maps a file, and the other parts if it is the first of several.
  ///
  /// - Throws: `.file` when a file cannot be opened, `.malformed` when a header contradicts itself or its file.
  package init(path: String) throws(CheckpointError) {
    let first = try MappedFile.open(path)
    let header = try GGUFHeader(first)
    var tensors = TensorTable()
    try tensors.add(header.entries, of: first)
    let split = try GGUFSplit(header.metadata)
    parts = try split?.paths(first: path) ?? [path]
    for (number, part) in parts.enumerated().dropFirst() {
      let file = try MappedFile.open(part)
      let header = try GGUFHeader(file)
      try split?.check(header.metadata, number: number)
      try tensors.add(header.entries, of: file)
    }
    try split?.check(tensors, header.metadata)
    self.path = path
    self.tensors = tensors
    version = header.version
    metadata = header.metadata
  }
}

extension TensorTable {
  /// Adds the tensors of one file.
  fileprivate mutating func add(_ entries: [GGUFHeader.Entry], of file: MappedFile) throws(CheckpointError) {
    for entry in entries {
      let tensor = StoredTensor(
        name: entry.name, shape: entry.shape, storage: entry.type.storage, file: file, range: entry.range)
      guard add(tensor) else {
        throw .malformed(
          path: file.path, part: .tensor(entry.name, "name"), found: "it a second time", expected: "each name once")
      }
    }
  }
}
