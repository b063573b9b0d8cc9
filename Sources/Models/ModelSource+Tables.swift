import Checkpoints
import JSON
import Tensors

extension ModelSource {
  /// What the tensors of a folder say of its tables where the configuration ties the output matrix to the embedding table.
  struct Tables {
    /// Whether the folder holds both, with different values: then the output matrix is one of its own, as transformers has
    /// it since its version 5.
    let areParted: Bool
    /// The name of the one table that is there, where it is the output matrix's.
    let nameOfOnlyOne: String?

    static let asConfigured = Tables(areParted: false, nameOfOnlyOne: nil)

    private init(areParted: Bool, nameOfOnlyOne: String?) {
      self.areParted = areParted
      self.nameOfOnlyOne = nameOfOnlyOne
    }

    /// Looks at both tables, and reads them where both are there.
    ///
    /// - Parameters:
    ///   - isTied: as the configuration says.
    ///   - prefix: what names of the folder lack.
    /// - Throws: what reading a table may throw.
    init(
      _ folder: HuggingFaceFolder, _ names: CheckpointNames, isTied: Bool, without prefix: String?,
      on workers: Workers
    ) throws(CheckpointError) {
      let names = names.before
      guard isTied, let head = names.first(where: { $0.role == .output })?.name,
        let table = names.first(where: { $0.role == .tokenEmbedding })?.name
      else {
        self = .asConfigured
        return
      }
      let stored = "\(table).weight"
      let tableName = prefix.map { stored.hasPrefix($0) ? String(stored.dropFirst($0.count)) : stored } ?? stored
      switch (folder.tensors["\(head).weight"], folder.tensors[tableName]) {
      case (let output?, nil):
        self.init(areParted: false, nameOfOnlyOne: output.name)
      case (let output?, let table?):
        let agree = try Self.agree(output, table, on: workers)
        self.init(areParted: !agree, nameOfOnlyOne: nil)
      case (nil, _):
        self = .asConfigured
      }
    }

    /// Whether two matrices have the same values.
    private static func agree(
      _ first: StoredTensor, _ second: StoredTensor, on workers: Workers
    ) throws(CheckpointError) -> Bool {
      guard first.shape == second.shape else { return false }
      defer {
        first.release()
        second.release()
      }
      let step = max(1, elementsAtOnce / max(1, first.columns))
      for start in stride(from: 0, to: first.rows, by: step) {
        let rows = start..<min(first.rows, start + step)
        let a = try first.rows(rows, workers: workers)
        let b = try second.rows(rows, workers: workers)
        let left = a.elements
        let right = b.elements
        for index in 0..<left.count where left[index] != right[index] { return false }
      }
      return true
    }

    /// Of each table: enough to keep all workers busy, little beside a block of a model.
    private static let elementsAtOnce = 1 << 24
  }

  /// The prefix that names lack in a folder that was saved without a head: the first tensor that is there tells.
  static func missingPrefix(
    _ architecture: any Architecture, _ weights: [WeightSpec], _ source: any TensorSource
  ) -> String? {
    guard let prefix = architecture.basePrefix else { return nil }
    for name in weights.lazy.map(\.huggingFaceName) where name.hasPrefix(prefix) {
      if source.has(name) { return nil }
      if source.has(String(name.dropFirst(prefix.count))) { return prefix }
    }
    return nil
  }
}

extension ModelSource {
  /// What a model's files say that is not followed, or not as every program follows it.
  static func notes(
    _ container: Container, _ architecture: any Architecture, _ wrapped: WrappedModel?, _ shape: DecoderShape,
    _ tables: Tables
  ) -> [String] {
    func unread(_ keys: [String], of path: String, _ why: String) -> [String] {
      keys.isEmpty ? [] : ["\(path): not read, \(why): \(keys.joined(separator: ", "))"]
    }
    var notes: [String] = []
    switch container {
    case .huggingFace(let folder):
      let config = folder.config
      let text = (try? wrapped?.wrapper.textObject(config)) ?? config
      let names = architecture.huggingFaceNames
      let name = wrapped.map(\.wrapper.className).flatMap { names.contains($0) ? $0 : nil } ?? names[0]
      if let wrapper = wrapped?.wrapper {
        notes += unread(
          wrapper.unreadKeys(config), of: config.path, "since \(wrapper.className) has no such keys")
      }
      notes += unread(
        architecture.unreadKeys(text).map(text.name), of: config.path,
        "since \(name) has no such keys")
      if shape.choices.pooling != nil {
        notes += SentenceTransformerKeys.notes(folder, contextLength: shape.contextLength)
      }
    case .gguf(let file):
      notes += unread(
        architecture.unreadGGUFKeys(file.metadata, shape), of: file.path,
        "as llama.cpp does not read them in models of type \(architecture.ggufName)")
    }
    if tables.areParted {
      notes.append(
        "found an output matrix and an embedding table of other values where tie_word_embeddings says that they are one: both "
          + "are taken, as transformers does since version 5; other programs leave one out")
    }
    return notes
  }
}
