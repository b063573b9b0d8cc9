import Tensors

extension UnpublishedFile {
  /// Replaces a value of a GGUF file's metadata by another of the same type and length, for what is known only once
  /// the file is complete, such as its measured quality.
  ///
  /// - Throws: `.setting` when the file has no such key, or its value is of another type or length.
  package func patch(_ key: String, _ value: GGUFValue) throws(CheckpointError) {
    guard let place = patchable[key] else {
      throw .setting(path: path, key: key, found: "no such key to patch", expected: "one written with the header")
    }
    var bytes: [UInt8] = []
    bytes.append(gguf: value)
    guard value.type == place.type, bytes.count == place.byteCount else {
      throw .setting(
        path: path, key: key, found: "\(value.type) of \(bytes.count) bytes as a patch",
        expected: "\(place.type) of \(place.byteCount) bytes, as written")
    }
    try write(bytes.span.bytes, at: place.offset)
  }
}

extension TemporaryFile {
  /// Replaces a value of a GGUF file's metadata, as on an unpublished file.
  func patch(_ key: String, _ value: GGUFValue) throws(CheckpointError) {
    try file.patch(key, value)
  }
}
