import Tensors

/// A mapped safetensors file whose header has been checked completely.
package struct SafetensorsFile: TensorSource {
  package let path: String
  package let tensors: TensorTable
  /// The texts under `__metadata__`, in the order of the file.
  package let metadata: [(key: String, value: String)]

  /// Maps a file and checks its header.
  ///
  /// - Throws: `.file` when it cannot be opened, `.malformed` when the header contradicts itself or the file.
  package init(path: String) throws(CheckpointError) {
    let file = try MappedFile.open(path)
    let header = try SafetensorsHeader(file.bytes, path: path)
    var tensors = TensorTable()
    for entry in header.entries {
      let tensor = StoredTensor(
        name: entry.name, shape: entry.shape, storage: entry.type.storage(shape: entry.shape), file: file,
        range: entry.range)
      // The JSON parser has refused repeated keys.
      guard tensors.add(tensor) else { preconditionFailure("two tensors \(entry.name) in one JSON object") }
    }
    self.path = path
    self.tensors = tensors
    metadata = header.metadata
  }
}
