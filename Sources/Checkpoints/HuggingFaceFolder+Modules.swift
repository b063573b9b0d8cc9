import JSON

/// A step of a sentence-transformers model, as `modules.json` lists them.
package struct SentenceModule: Sendable, Equatable {
  /// The last part of the class's name, such as `Pooling`.
  package let kind: String
  /// Whether the class is one of the library's own, not of code that a folder brings with it.
  package let isOfLibrary: Bool
  /// The folder of its configuration, relative to the model's; empty for the model itself.
  package let folder: String
}

extension HuggingFaceFolder {
  /// Whether it is one of sentence-transformers.
  package var hasSentenceModules: Bool { file("modules.json") != nil }

  /// The steps of `modules.json`, in order.
  ///
  /// - Throws: `.missing` where there is no such file, `.malformed` or `.setting` for what is wrong with it.
  package func sentenceModules() throws(CheckpointError) -> [SentenceModule] {
    guard let path = file("modules.json") else {
      throw .missing(
        path: "\(self.path)/modules.json",
        lookedFor: "the list of modules of sentence-transformers, which says how tokens become one embedding")
    }
    let value = try JSONValue(contentsOf: path)
    guard let modules = value.asArray(of: \.asMembers) else {
      throw .malformed(
        path: path, part: .text(line: 1, column: 1), found: value.summary, expected: "an array of objects")
    }
    var result: [SentenceModule] = []
    for module in modules.map({ JSONObject(path: path, members: $0) }) {
      let type = try module.string("type")
      let folder = try module.string("path")
      guard !folder.hasPrefix("/"), !folder.split(separator: "/").contains("..") else {
        throw module.error("path", expected: "a folder inside of the model's")
      }
      let parts = type.split(separator: ".").map(String.init)
      result.append(
        SentenceModule(
          kind: parts.last ?? type, isOfLibrary: parts.count == 1 || parts[0] == "sentence_transformers", folder: folder
        ))
    }
    return result
  }

  /// A further file of the library, such as `sentence_bert_config.json`, or nil where there is none.
  package func sentenceSettings(_ name: String) throws(CheckpointError) -> JSONObject? {
    guard let path = file(name) else { return nil }
    return try JSONObject(contentsOf: path)
  }

  /// The configuration of a module.
  ///
  /// - Throws: `.missing` where there is none, or what is wrong with it.
  package func configuration(of module: SentenceModule) throws(CheckpointError) -> JSONObject {
    let name = module.folder.isEmpty ? "config.json" : "\(module.folder)/config.json"
    guard let path = file(name) else {
      throw .missing(path: "\(self.path)/\(name)", lookedFor: "the configuration of the module \(module.kind)")
    }
    return try JSONObject(contentsOf: path)
  }
}
