import Checkpoints
import Tensors

/// Reads files that are text.
enum TextFile {
  /// The whole of a file, opened as all files of a model are: whoever takes note of them learns of it.
  ///
  /// - Throws: `.reading` when it cannot be opened, or is no UTF-8.
  static func read(_ path: String) throws(TokenizerError) -> String {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .reading(.file(error)) }
    let bytes = file.bytes
    guard let text = bytes.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
      throw .reading(.file(FileError(path: path, reason: "cannot read it as UTF-8")))
    }
    return text
  }
}
