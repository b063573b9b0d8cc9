import Tensors

/// Writes small files whole: whoever looks sees the old content or the new, never a part.
package enum AtomicFile {
  /// Writes and publishes a text in UTF-8.
  package static func write(_ text: String, to path: String) throws(CheckpointError) {
    try write(Array(text.utf8).span.bytes, to: path)
  }

  /// Writes and publishes bytes.
  package static func write(_ bytes: RawSpan, to path: String) throws(CheckpointError) {
    try prepare(bytes, for: path).publish()
  }

  /// Writes bytes under a temporary name, to be published together with other files.
  package static func prepare(_ bytes: RawSpan, for path: String) throws(CheckpointError) -> UnpublishedFile {
    var file = try TemporaryFile(path: path, expecting: bytes.byteCount)
    try file.append(bytes)
    return try file.finish()
  }
}
