import Checkpoints
import Foundation
import JSON
import Tensors

/// The files beside a vocabulary that say which tokens are special, which are added, and what surrounds a text.
///
/// Tokens and templates are those of transformers' `AutoTokenizer` (5.23). Where nothing names a special token, the order
/// is that of llama.cpp's converter: `config.json`, then `generation_config.json`; and the post-processor of
/// `tokenizer.json` comes before `add_bos_token`.
struct TokenizerConfiguration: Sendable {
  var folder: String?
  var tokenizer: JSONValue?
  var specialTokens: JSONValue?
  var model: JSONValue?
  var generation: JSONValue?
  var addedTokens: JSONValue?
  /// Templates in files of their own, which count before the key `chat_template`.
  var templateFiles = ChatTemplateChoice()
  /// The template of `chat_template.json`, where nothing else holds one.
  var oldTemplate: String?

  /// Knows nothing.
  init() {}

  /// Reads what is there.
  ///
  /// - Throws: `TokenizerError` naming the file and key of what is malformed, or asks for something that is not done.
  init(folder: String) throws(TokenizerError) {
    self.folder = folder
    tokenizer = try Self.read("tokenizer_config.json", in: folder)
    specialTokens = try Self.read("special_tokens_map.json", in: folder)
    model = try Self.read("config.json", in: folder)
    generation = try Self.read("generation_config.json", in: folder)
    addedTokens = try Self.read("added_tokens.json", in: folder)
    try readTemplateFiles(folder)
    oldTemplate = try Self.read("chat_template.json", in: folder)?["chat_template"]?.asString
    if let tokenizer { try TokenizerKey.check(tokenizer, file: file("tokenizer_config.json")) }
  }

  private static func read(_ name: String, in folder: String) throws(TokenizerError) -> JSONValue? {
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let value = try JSONValue.read(path, .python)
    guard value.asMembers != nil else {
      throw .malformed(file: path, part: "the document", reason: "expected an object, found \(value.summary)")
    }
    return value
  }

  /// The path of one of the files, for messages.
  func file(_ name: String) -> String { folder.map { "\($0)/\(name)" } ?? name }

  /// The name of the class that transformers loads the tokenizer with, as far as the files tell, without `Fast`.
  var className: String? {
    let name = tokenizer?["tokenizer_class"]?.asString ?? model?["tokenizer_class"]?.asString
    return name.map { $0.hasSuffix("Fast") ? String($0.dropLast(4)) : $0 }
  }

  /// Whether the class takes texts as `tokenizer.json` says. Others build their own steps from the vocabulary.
  var isGeneric: Bool { className.map { ["TokenizersBackend", "PreTrainedTokenizer"].contains($0) } ?? false }
}

extension TokenizerConfiguration {
  /// The settings of a tokenizer.
  ///
  /// - Parameters:
  ///   - ids: the ids of all tokens, of which there are `count`, added ones included.
  ///   - frame: what the tokenizer's own file says about the ends of a text.
  ///   - known: special ids that the tokenizer's own file names; they serve where no other file names one.
  /// - Throws: `TokenizerError.malformed` naming the file and key whose token does not exist.
  func settings(
    ids: ByteStringTable, count: Int, frame: TextFrame, known: TokenizerSettings
  ) throws(TokenizerError) -> TokenizerSettings {
    var settings = known
    settings.bos = try specialID("bos_token", ids, count) ?? known.bos
    settings.eos = try specialID("eos_token", ids, count) ?? known.eos
    settings.pad = try specialID("pad_token", ids, count) ?? known.pad
    let unknown = try id("unk_token", ids)
    settings.unknown = known.unknown ?? unknown
    settings.separator = try id("sep_token", ids) ?? known.separator
    settings.classifier = try id("cls_token", ids) ?? known.classifier
    settings.mask = try id("mask_token", ids) ?? known.mask
    settings.names = try templateNames()
    if !isGeneric { settings.unnamed = Set(Self.specialNames.filter { !says($0) }) }
    settings.unreadKeys = unreadKeys
    if settings.bos == nil, frame.opening.count == 1 { settings.bos = frame.opening.first }
    if settings.eos == nil, frame.closing.count == 1 { settings.eos = frame.closing.first }
    settings.opening = frame.opening
    settings.closing = frame.closing
    if frame.opening.isEmpty, frame.leavesOpeningOpen, try addsBOS(frame), let bos = settings.bos {
      settings.opening = [bos]
    }
    if frame.closing.isEmpty, frame.leavesClosingOpen, try flag("add_eos_token") ?? frame.addsEOSByHabit,
      let eos = settings.eos
    {
      settings.closing = [eos]
    }
    settings.templates = try chatTemplates()
    return settings
  }

  /// The keys that nobody knows, by the file that has them; files without such keys are left out.
  private var unreadKeys: [UnreadKeys] {
    let unread = [
      UnreadKeys(file: "tokenizer_config.json", keys: tokenizer.map { TokenizerKey.unknown(in: $0) } ?? []),
      UnreadKeys(file: "generation_config.json", keys: generation.map { GenerationKey.unknown(in: $0) } ?? []),
    ]
    return unread.filter { !$0.keys.isEmpty }
  }

  /// Reads a flag of `tokenizer_config.json`.
  func flag(_ key: String) throws(TokenizerError) -> Bool? {
    guard let value = tokenizer?[key], !value.isNull else { return nil }
    guard let flag = value.asBool else {
      throw malformed(key, "expected true or false, found \(value.summary)")
    }
    return flag
  }

  func malformed(_ key: String, _ reason: String) -> TokenizerError {
    .malformed(file: file("tokenizer_config.json"), part: key, reason: reason)
  }

  /// Whether a tokenizer without a say of its own adds `bos`: what the configuration states, else what the classes do
  /// that write their own post-processor.
  private func addsBOS(_ frame: TextFrame) throws(TokenizerError) -> Bool {
    if let flag = try flag("add_bos_token") { return flag }
    if frame.addsBOSByHabit { return true }
    let names = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"]
    return !frame.isDeclared && className.map { names.contains($0) } ?? false
  }

  private func id(_ name: String, _ ids: ByteStringTable) throws(TokenizerError) -> Int32? {
    guard let token = try named(name) else { return nil }
    guard let id = ids.find(token.content) else {
      throw .malformed(
        file: file(token.file), part: name, reason: "\"\(TokenizerJSON.show(token.content))\" is no token")
    }
    return id
  }

  /// The id of a special token: by its text where a file names one, else by its number.
  private func specialID(_ name: String, _ ids: ByteStringTable, _ count: Int) throws(TokenizerError) -> Int32? {
    if let id = try id(name, ids) { return id }
    let key = "\(name)_id"
    let places = [
      ("config.json", key, model?[key]), ("config.json", "text_config.\(key)", model?["text_config"]?[key]),
      ("generation_config.json", key, generation?[key]),
    ]
    for case (let name, let part, let entry?) in places where !entry.isNull {
      guard let id = entry.asInteger ?? entry.asArray?.first?.asInteger else {
        throw .malformed(
          file: file(name), part: part, reason: "expected an id or a list of ids, found \(entry.summary)")
      }
      // Older configurations write -1 for no token.
      guard id >= 0 else { continue }
      guard id < count else {
        throw .malformed(
          file: file(name), part: part, reason: "\(id) is no token; the tokenizer has 0 to \(count - 1)")
      }
      return Int32(id)
    }
    return nil
  }

  /// The texts of special tokens by the names that `apply_chat_template` gives to templates, or nil where no file says
  /// what tokens are called.
  func templateNames() throws(TokenizerError) -> [String: String]? {
    guard tokenizer != nil || specialTokens != nil else { return nil }
    var names: [String: String] = [:]
    for (name, token) in try namedTokens() { names[name] = String(decoding: token.content, as: UTF8.self) }
    return names
  }
}
