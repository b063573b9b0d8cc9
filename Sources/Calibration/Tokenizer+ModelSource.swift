import Checkpoints
import Foundation
import Models
import Tokenizers

extension Tokenizer {
  /// The tokenizer of a Hugging Face folder or a GGUF file; the weights may be missing.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      self = try Tokenizer(GGUFVocabulary(GGUFFile(path: path).metadata), file: path)
    } else {
      self = try .load(folder: path)
    }
  }

  /// The tokenizer that lies beside a model's weights or in its metadata.
  package init(of model: ModelSource) throws(TokenizerError) {
    switch model.container {
    case .huggingFace(let folder): self = try .load(folder: folder.path)
    case .gguf(let file): self = try Tokenizer(GGUFVocabulary(file.metadata), file: file.path)
    }
  }
}
