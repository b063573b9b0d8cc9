import Checkpoints
import Foundation
import Models
import Tokenizers

extension Tokenizer {
  /// The tokenizer of a Hugging Face folder, or of a file: GGUF, or by its name `tokenizer.json`, `tokenizer.model` or
  /// `vocab.txt`. The weights may be missing.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    let isFile = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    if isFile, let tokenizer = try Tokenizer.load(file: path) {
      self = tokenizer
    } else if isFile {
      self = try Tokenizer(GGUFVocabulary(GGUFFile(path: path).metadata), file: path)
    } else {
      self = try .load(folder: path)
    }
  }

  /// The tokenizer that lies beside a model's weights or in its metadata.
  ///
  /// - Parameter preTokenizer: GGUF's name of a pre-tokenizer to use instead of the model's own.
  package init(of model: ModelSource, preTokenizer: String? = nil) throws(TokenizerError) {
    switch model.container {
    case .huggingFace(let folder):
      self = try .load(folder: folder.path)
      if let preTokenizer { self = try replacingPreTokenizer(by: preTokenizer) }
    case .gguf(let file):
      var vocabulary = try GGUFVocabulary(file.metadata)
      if let preTokenizer { try vocabulary.replacePreTokenizer(by: preTokenizer) }
      self = try Tokenizer(vocabulary, file: file.path)
    }
  }
}
