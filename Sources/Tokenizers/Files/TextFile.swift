import Checkpoints
import Tensors

/// Reads files that are text.
enum TextFile {
  /// The whole of a file, opened as all files of a model are: whoever takes note of them learns of it.
  ///
  /// - Throws: `.reading` when it cannot be opened, or is no UTF-8.
  static func read(_ path: String) throws(TokenizerError) -> String {
    let bytes: [UInt8]
    do {
      let file = try MappedFile(path: path)
      bytes = file.bytes.array()
    } catch {
      throw .reading(.file(error))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .reading(.file(FileError(path: path, reason: "cannot read it as UTF-8")))
    }
    return text
  }
}
