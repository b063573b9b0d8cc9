import Checkpoints

extension Pooling {
  /// What configurations of sentence-transformers call it, and the key that older ones set to true.
  private var configNames: (mode: String, key: String) {
    switch self {
    case .mean: ("mean", "pooling_mode_mean_tokens")
    case .cls: ("cls", "pooling_mode_cls_token")
    case .last: ("lasttoken", "pooling_mode_lasttoken")
    }
  }

  /// The number of llama.cpp's `enum llama_pooling_type`.
  package var ggufNumber: UInt32 {
    switch self {
    case .mean: 1
    case .cls: 2
    case .last: 3
    }
  }

  private static let modes = "mean, cls or lasttoken, one of them"

  /// Reads what a folder of sentence-transformers says.
  ///
  /// - Throws: `CheckpointError` for a file that is missing, a module other than an encoder, pooling and normalization,
  ///   and for more modes than one or another one.
  init(_ folder: HuggingFaceFolder, hiddenSize: Int) throws(CheckpointError) {
    var pooling: Pooling?
    // Lengths change no cosine, and every product leaves them to whoever runs it.
    var order = ["Transformer", "Pooling", "Normalize"][...]
    for module in try folder.sentenceModules() {
      let path = "\(folder.path)/modules.json"
      guard let place = order.firstIndex(of: module.kind), module.isOfLibrary else {
        throw .setting(
          path: path, key: "type",
          found: "the module \(module.kind)\(module.isOfLibrary ? "" : " of another library")",
          expected: "Transformer, Pooling and Normalize of sentence_transformers, each once, in this order")
      }
      order = order[(place + 1)...]
      if module.kind == "Transformer", !module.folder.isEmpty {
        throw .setting(
          path: path, key: "path", found: "the encoder in \(module.folder)",
          expected: "beside modules.json, as this one is read")
      }
      if module.kind == "Pooling" {
        pooling = try Pooling(try folder.configuration(of: module), hiddenSize: hiddenSize)
      }
    }
    guard let pooling else {
      throw .setting(
        path: "\(folder.path)/modules.json", key: "type", found: "no module Pooling",
        expected: "one, which says how tokens become one embedding")
    }
    self = pooling
  }

  private init(_ config: JSONObject, hiddenSize: Int) throws(CheckpointError) {
    for key in ["word_embedding_dimension", "embedding_dimension"] {
      guard try config.optionalInteger(key) ?? hiddenSize == hiddenSize else {
        throw config.error(key, expected: "\(hiddenSize), as the model's hidden_size says")
      }
    }
    var modes: [String] = []
    for key in config.keys where key.hasPrefix("pooling_mode_") {
      if try config.optionalBool(key) ?? false { modes.append(key) }
    }
    if let mode = try config.optionalString("pooling_mode") {
      guard let known = Self.allCases.first(where: { $0.configNames.mode == mode }) else {
        throw config.error("pooling_mode", expected: Self.modes)
      }
      if let other = modes.first(where: { $0 != known.configNames.key }) {
        throw config.error(other, expected: "false, as pooling_mode says")
      }
      self = known
      return
    }
    let known = Self.allCases.filter { modes.contains($0.configNames.key) }
    guard modes.count == 1, let mode = known.first else {
      throw .setting(
        path: config.path, key: modes.first { key in !known.contains { $0.configNames.key == key } } ?? "pooling_mode",
        found: modes.isEmpty ? "nothing" : modes.joined(separator: " and "), expected: Self.modes)
    }
    self = mode
  }

  /// Of a GGUF file, without a family's prefix.
  static let ggufKey = "pooling_type"

  /// Whether a GGUF file says that its model makes embeddings.
  static func isSaid(_ file: GGUFFile, prefix: String) throws(CheckpointError) -> Bool {
    try file.metadata.optionalInteger("\(prefix).\(ggufKey)") ?? 0 != 0
  }

  /// What a GGUF file says of it, without a family's prefix.
  var metadata: (key: String, value: GGUFValue) { (Self.ggufKey, .uint32(ggufNumber)) }

  /// Reads a GGUF file's key.
  init(_ file: GGUFFile, prefix: String) throws(CheckpointError) {
    let key = "\(prefix).\(Self.ggufKey)"
    let number = try file.metadata.integer(key)
    guard let known = Self.allCases.first(where: { Int($0.ggufNumber) == number }) else {
      throw file.metadata.error(key, expected: "1 (mean), 2 (cls) or 3 (last)")
    }
    self = known
  }
}

extension DecoderShape {
  /// Makes a model one of embeddings, as files of sentence-transformers say.
  mutating func pool(_ folder: HuggingFaceFolder) throws(CheckpointError) {
    choices.head = .embedding(try Pooling(folder, hiddenSize: hiddenSize))
    tiedOutput = false
    try SentenceTransformerKeys.check(folder)
  }

  /// The same of a GGUF file.
  mutating func pool(_ file: GGUFFile, prefix: String) throws(CheckpointError) {
    choices.head = .embedding(try Pooling(file, prefix: prefix))
    tiedOutput = false
  }
}
