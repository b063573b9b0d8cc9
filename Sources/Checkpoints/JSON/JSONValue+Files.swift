import JSON
import Tensors

extension JSONValue {
  /// Reads a whole JSON file.
  ///
  /// - Throws: `CheckpointError.malformed` with line and column for anything RFC 8259 does not allow, and for a key
  ///   that appears twice in one object.
  package init(contentsOf path: String) throws(CheckpointError) {
    let file = try MappedFile.open(path)
    try self.init(file.bytes, path: path)
  }

  /// Reads JSON text. `path` names its file in errors.
  package init(_ bytes: RawSpan, path: String) throws(CheckpointError) {
    do { try self.init(bytes) } catch {
      throw .malformed(
        path: path, part: .text(line: error.line, column: error.column), found: error.found, expected: error.expected)
    }
  }
}
