import JSON
import Tensors

extension JSONValue {
  /// Reads a whole JSON file.
  ///
  /// - Throws: `CheckpointError.malformed` with line and column for anything that the dialect does not allow, and for a key
  ///   that appears twice in one object.
  package init(contentsOf path: String, _ dialect: JSONDialect = .strict) throws(CheckpointError) {
    let file = try MappedFile.open(path)
    try self.init(file.bytes, path: path, dialect)
  }

  /// Reads JSON text. `path` names its file in errors.
  package init(_ bytes: RawSpan, path: String, _ dialect: JSONDialect = .strict) throws(CheckpointError) {
    do { try self.init(bytes, dialect) } catch {
      throw .malformed(
        path: path, part: .text(line: error.line, column: error.column), found: error.found, expected: error.expected)
    }
  }
}
