import JSON
import Tensors

/// What went wrong while a checkpoint was read or written, in words for the person who named the file.
package enum CheckpointError: Error, Equatable {
  /// The operating system refused.
  case file(FileError)
  /// A file or folder that is needed is not there.
  case missing(path: String, lookedFor: String)
  /// The bytes do not form what the container's specification says.
  case malformed(path: String, part: Part, found: String, expected: String)
  /// A value of a configuration or of a file's metadata is absent or of another kind.
  case setting(path: String, key: String, found: String, expected: String)
  /// A tensor was asked for that the checkpoint does not have.
  case noSuchTensor(path: String, tensor: String, similar: [String])
  /// A tensor is stored in a type that weights cannot be read from.
  case unreadableType(path: String, tensor: String, type: String)
  /// A weight is NaN or infinite. `value` is its text, because NaN equals nothing.
  case notFinite(path: String, tensor: String, row: Int, column: Int, value: String)
  /// A tensor was handed to a writer with more or fewer bytes than planned.
  case misfit(path: String, tensor: String, found: String, expected: String)

  /// The part of a file that is malformed.
  package enum Part: Equatable, Sendable {
    /// A position in a text, both counted from 1.
    case text(line: Int, column: Int)
    /// A field of the container's header.
    case header(String)
    /// A key of the container's metadata.
    case metadata(String)
    /// What is said about one tensor, such as its shape.
    case tensor(String, String)
  }
}

extension CheckpointError: CustomStringConvertible {
  package var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .file(let error):
      return error.description
    case .missing(let path, let lookedFor):
      return "\(path): not there; looked for \(lookedFor)"
    case .malformed(let path, .text(let line, let column), let found, let expected):
      return "\(path):\(line):\(column): found \(found), expected \(expected)"
    case .malformed(let path, let part, let found, let expected):
      return "\(path): \(part): found \(found), expected \(expected)"
    case .setting(let path, let key, let found, let expected):
      return "\(path): \(key): found \(found), expected \(expected)"
    case .noSuchTensor(let path, let tensor, let similar):
      let hint = similar.isEmpty ? "" : "; it has \(similar.joined(separator: ", "))"
      return "\(path): no tensor \(tensor)\(hint)"
    case .unreadableType(let path, let tensor, let type):
      return "\(path): tensor \(tensor): its type \(type) cannot be read as weights; "
        + "expected F32, F16, BF16 or a block format that this program knows"
    case .notFinite(let path, let tensor, let row, let column, let value):
      return "\(path): tensor \(tensor): found \(value) at [\(row), \(column)], expected finite weights"
    case .misfit(let path, let tensor, let found, let expected):
      return "\(path): tensor \(tensor): given \(found), expected \(expected)"
    }
  }
}

extension CheckpointError.Part: CustomStringConvertible {
  package var description: String {
    switch self {
    case .text(let line, let column): "line \(line), column \(column)"
    case .header(let field): "header: \(field)"
    case .metadata(let key): "metadata \(key)"
    case .tensor(let name, let aspect): "tensor \(name): \(aspect)"
    }
  }
}

extension MappedFile {
  /// Maps a file of a checkpoint.
  static func open(_ path: String) throws(CheckpointError) -> MappedFile {
    do { return try MappedFile(path: path) } catch { throw .file(error) }
  }
}
