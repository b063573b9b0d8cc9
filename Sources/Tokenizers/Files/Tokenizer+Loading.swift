import Checkpoints
import Foundation
import Tensors

extension Tokenizer {
  /// Loads the tokenizer of a Hugging Face folder: `tokenizer.json` and the configuration files beside it.
  ///
  /// - Throws: `TokenizerError` naming the file, and in it the part, that is missing, malformed or not supported.
  package static func load(folder: String) throws(TokenizerError) -> Tokenizer {
    let path = folder + "/tokenizer.json"
    guard FileManager.default.fileExists(atPath: path) else {
      throw .reading(.missing(path: path, lookedFor: "the tokenizer of the model in this folder"))
    }
    var json = TokenizerJSON(file: path, root: try JSONValue.read(path))
    return try json.tokenizer(configuration: TokenizerConfiguration(folder: folder))
  }

  /// Reads the contents of a `tokenizer.json` alone. What the files beside it would say is not known then.
  ///
  /// - Parameter file: the file's name, for messages.
  package init(json bytes: [UInt8], file: String) throws(TokenizerError) {
    var json = TokenizerJSON(file: file, root: try JSONValue.read(bytes, file: file))
    self = try json.tokenizer(configuration: TokenizerConfiguration())
  }
}

extension JSONValue {
  /// Reads a file.
  static func read(_ path: String) throws(TokenizerError) -> JSONValue {
    do { return try JSONValue(contentsOf: path) } catch { throw .reading(error) }
  }

  /// Reads bytes.
  static func read(_ bytes: [UInt8], file: String) throws(TokenizerError) -> JSONValue {
    do { return try JSONValue(bytes.span.bytes, path: file) } catch { throw .reading(error) }
  }
}
