import Foundation
import Tensors

extension Tokenizer {
  /// Loads the tokenizer of a Hugging Face folder: `tokenizer.json` and the configuration files beside it.
  ///
  /// - Throws: `TokenizerError` naming the file, and in it the part, that is missing, malformed or not supported.
  package static func load(folder: String) throws(TokenizerError) -> Tokenizer {
    let path = folder + "/tokenizer.json"
    guard FileManager.default.fileExists(atPath: path) else {
      let reason = "there is no such file; the folder of a model must have its tokenizer"
      throw .file(FileError(path: path, reason: reason))
    }
    var json = TokenizerJSON(file: path, root: try JSONParser.parse(path: path))
    return try json.tokenizer(configuration: TokenizerConfiguration(folder: folder))
  }

  /// Reads the contents of a `tokenizer.json` alone. What the files beside it would say is not known then.
  ///
  /// - Parameter file: the file's name, for messages.
  package init(json bytes: [UInt8], file: String) throws(TokenizerError) {
    var json = TokenizerJSON(file: file, root: try JSONParser.parse(bytes, file: file))
    self = try json.tokenizer(configuration: TokenizerConfiguration())
  }
}
