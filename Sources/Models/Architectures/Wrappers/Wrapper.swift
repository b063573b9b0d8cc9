import Checkpoints
import JSON

/// A kind of folder in which a model of text is one part among several, such as a vision tower and what joins them.
///
/// What is quantized is the model of text, which one of the families is; the rest is carried along.
package struct Wrapper: Sendable {
  /// What `tie_word_embeddings` in `text_config` counts for, where transformers follows the one beside that.
  enum InnerTie: Sendable {
    /// It may say nothing else.
    case agrees
    /// It holds where there is none beside it.
    case holds
    /// It is a default of its class that nothing reads, and that is saved nonetheless.
    case saysNothing
  }

  /// The value of `architectures` in config.json.
  package let className: String
  /// The value of `model_type` there.
  let modelType: String
  /// What `text_config` may describe, by its `model_type`; the first where it says none.
  let families: [any Architecture]
  /// What keys of `text_config` mean where they are missing, in the class that reads it.
  var defaults: [(key: String, value: JSONValue)] = []
  /// Keys of `text_config` that the class leaves out, though the family by itself reads them.
  var unreadTextKeys: [String] = []
  /// What `tie_word_embeddings`, which stands beside `text_config`, means where it is missing.
  let tiesOutput: Bool
  /// What the one in `text_config` counts for.
  var innerTie = InnerTie.agrees
  /// Whether the keys of the text may stand beside those of the other parts, without `text_config`.
  var mayBeFlat = false
  /// Reads what keys beside `text_config` say of the model of text.
  var adjust: @Sendable (inout DecoderShape, JSONObject) throws(CheckpointError) -> Void = { _, _ in }
  /// Keys beside `text_config` that are about the other parts alone.
  let keysOfParts: [String]
  /// The ways in which folders name tensors; the first is that of transformers in memory.
  package let names: [WrapperNames]

  /// The family and the sizes of the model of text, as the class reads them from the whole configuration.
  ///
  /// - Throws: `CheckpointError.setting` for a key that is missing, contradicts another, or that this class leaves out and
  ///   other programs obey.
  func text(_ config: JSONObject) throws(CheckpointError) -> (family: any Architecture, shape: DecoderShape) {
    let text = try textConfig(config)
    let family = try family(text)
    var members = text.members
    for key in unreadTextKeys { members.remove(key) }
    var shape = try family.shape(text.replacing(members))
    for key in unreadTextKeys where text.has(key) {
      guard let value = text.value(key) else { continue }
      members.set(key, value)
      guard try family.shape(text.replacing(members)).isSame(as: shape) else {
        throw text.error(
          key, expected: "nothing else than what holds without it: \(className) does not read it, and other programs do"
        )
      }
    }
    try adjust(&shape, config)
    return (family, shape)
  }

  /// Checks the keys beside `text_config`, and gives those of the model of text as its family knows them.
  ///
  /// - Throws: `CheckpointError.setting` for a key that is missing or contradicts another.
  func textConfig(_ config: JSONObject) throws(CheckpointError) -> JSONObject {
    if let type = try config.optionalString("model_type"), type != modelType {
      throw config.error("model_type", expected: "\(modelType), as architectures says: transformers follows this key")
    }
    try config.agree("torch_dtype", with: "dtype")
    let text = try textObject(config)
    // In transformers null is as good as false, and no default.
    if config.keys.contains("tie_word_embeddings"), !config.has("tie_word_embeddings") {
      throw config.error("tie_word_embeddings", expected: "true or false")
    }
    let inner = try text.optionalBool("tie_word_embeddings")
    let isTied = try config.optionalBool("tie_word_embeddings") ?? (innerTie == .holds ? inner : nil) ?? tiesOutput
    if inner ?? isTied != isTied, innerTie != .saysNothing {
      throw text.error(
        "tie_word_embeddings", expected: "\(isTied), as tie_word_embeddings beside text_config says or means")
    }
    try OtherKeys.checkCausal(config)
    var members = text.members
    for (key, value) in defaults where members[key] == nil { members.set(key, value) }
    members.set("tie_word_embeddings", .bool(isTied))
    return text.replacing(members)
  }

  /// `text_config`, or what stands in its place.
  func textObject(_ config: JSONObject) throws(CheckpointError) -> JSONObject {
    guard isFlat(config) else { return try config.object("text_config") }
    var members = config.members
    for key in ["architectures", "model_type"] + keysOfParts { members.remove(key) }
    return config.replacing(members)
  }

  private func isFlat(_ config: JSONObject) -> Bool { mayBeFlat && !config.has("text_config") }

  /// The family that `text_config` describes.
  func family(_ text: JSONObject) throws(CheckpointError) -> any Architecture {
    guard let type = try text.optionalString("model_type") else { return families[0] }
    if let family = families.first(where: { $0.modelTypes.contains(type) }) { return family }
    throw text.error("model_type", expected: families.flatMap(\.modelTypes).joined(separator: " or "))
  }

  /// Keys beside `text_config` that nothing here is known of.
  func unreadKeys(_ config: JSONObject) -> [String] {
    if isFlat(config) { return [] }
    let read = readKeys
    return config.keys.filter { !read.contains($0) && OtherKeys.withoutEffect[$0] == nil && config.has($0) }
  }

  /// Keys of a whole configuration that are read: those of the text by their full names.
  func readKeys(_ config: JSONObject) throws(CheckpointError) -> Set<String> {
    let family = try family(try textObject(config))
    return readKeys.union(isFlat(config) ? family.readKeys : Set(family.readKeys.map { "text_config.\($0)" }))
  }

  /// Keys beside `text_config` that are read, or are about the other parts.
  var readKeys: Set<String> {
    Set(
      ["architectures", "model_type", "dtype", "torch_dtype", "tie_word_embeddings", "is_causal", "text_config"]
        + keysOfParts
    )
    .union(QuantizationConfiguration.keys)
  }

  /// The way in which a folder names its tensors: the one whose tables are there.
  ///
  /// - Throws: `.malformed` where it is none, or more than one.
  func names(of family: any Architecture, _ shape: DecoderShape, in source: any TensorSource) throws(CheckpointError)
    -> WrapperNames
  {
    let tables = family.names(shape).before
    func first(_ names: WrapperNames) -> String {
      let table = tables.first { $0.role == .tokenEmbedding }?.name ?? ""
      return "\(names.name(table)).weight"
    }
    let found = names.filter { source.has(first($0)) || (tiesOutput && source.has("\($0.head).weight")) }
    guard found.count != 1 else { return found[0] }
    let all = names.map(first).joined(separator: " or ")
    throw .malformed(
      path: source.path, part: .tensor(first(found.first ?? names[0]), "presence"),
      found: found.isEmpty ? "no embedding table" : "embedding tables under \(found.count) names",
      expected: "one of \(all)")
  }
}

/// A wrapper, and the names that one folder has.
package struct WrappedModel: Sendable {
  package let wrapper: Wrapper
  package let names: WrapperNames

  /// Ways in which other programs name the modules of the model of text, from the most particular to the plainest.
  package var allNames: [WrapperNames] {
    (wrapper.names + [.own]).sorted { $0.base.count > $1.base.count }
  }
}
