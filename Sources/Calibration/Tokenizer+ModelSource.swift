import Checkpoints
import Foundation
import Models
import Tokenizers

extension Tokenizer {
  /// The tokenizer of a Hugging Face folder, or of a file: GGUF, or by its name `tokenizer.json`, `tokenizer.model` or
  /// `vocab.txt`. The weights may be missing.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    let isFile = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
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
      try checkEnds(rows: model.shape.vocabularySize, folder: folder.path)
    case .gguf(let file):
      var vocabulary = try GGUFVocabulary(file.metadata)
      if let preTokenizer { try vocabulary.replacePreTokenizer(by: preTokenizer) }
      self = try Tokenizer(vocabulary, file: file.path)
    }
  }
}

extension Tokenizer {
  /// Checks that the model has a row for the tokens at the ends of texts, which files may add to the vocabulary.
  private func checkEnds(rows: Int, folder: String) throws(TokenizerError) {
    for (name, id) in [("bos_token", bos), ("eos_token", eos)] {
      guard let id, id >= rows else { continue }
      throw .malformed(
        file: "\(folder)/tokenizer_config.json", part: name,
        reason: "\"\(text(of: id) ?? "")\" is token \(id), and the model's embedding table has \(rows) rows")
    }
  }
}
