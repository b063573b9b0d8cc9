import Checkpoints
import Foundation
import Tensors

/// The files beside `tokenizer.json` that say which tokens are special and what surrounds a text.
///
/// Where they disagree, the order is that of llama.cpp's converter: `tokenizer_config.json`, then
/// `special_tokens_map.json`, `config.json`, `generation_config.json`; and the post-processor of `tokenizer.json` before
/// `add_bos_token`.
struct TokenizerConfiguration: Sendable {
  var folder: String?
  var tokenizer: JSONValue?
  var specialTokens: JSONValue?
  var model: JSONValue?
  var generation: JSONValue?
  var separateTemplate: String?

  /// Knows nothing.
  init() {}

  /// Reads what is there.
  init(folder: String) throws(TokenizerError) {
    self.folder = folder
    tokenizer = try Self.read("tokenizer_config.json", in: folder)
    specialTokens = try Self.read("special_tokens_map.json", in: folder)
    model = try Self.read("config.json", in: folder)
    generation = try Self.read("generation_config.json", in: folder)
    let template = folder + "/chat_template.jinja"
    if FileManager.default.fileExists(atPath: template) {
      guard let text = try? String(contentsOfFile: template, encoding: .utf8) else {
        throw .reading(.file(FileError(path: template, reason: "cannot read it as UTF-8")))
      }
      separateTemplate = text
    } else {
      separateTemplate = try Self.read("chat_template.json", in: folder)?["chat_template"]?.asString
    }
  }

  private static func read(_ name: String, in folder: String) throws(TokenizerError) -> JSONValue? {
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let value = try JSONValue.read(path)
    guard value.asMembers != nil else {
      throw .malformed(file: path, part: "the document", reason: "expected an object, found \(value.summary)")
    }
    return value
  }

  /// The rows of the model's embedding table, where `config.json` tells.
  var vocabularySize: Int? {
    model?["vocab_size"]?.asInteger ?? model?["text_config"]?["vocab_size"]?.asInteger
  }

  // MARK: - Special tokens

  /// The settings of a tokenizer whose vocabulary is known.
  func settings(for json: TokenizerJSON, unknown: Int32?) throws(TokenizerError) -> TokenizerSettings {
    var settings = TokenizerSettings()
    let frame = try json.readFrame()
    settings.bos = try specialID("bos_token", "bos_token_id", json)
    settings.eos = try specialID("eos_token", "eos_token_id", json)
    settings.pad = try specialID("pad_token", "pad_token_id", json)
    settings.unknown = unknown ?? token("unk_token", json)
    if settings.bos == nil, frame.opening.count == 1 { settings.bos = frame.opening.first }
    if settings.eos == nil, frame.closing.count == 1 { settings.eos = frame.closing.first }
    settings.opening = frame.opening
    settings.closing = frame.closing
    if frame.opening.isEmpty, frame.leavesOpeningOpen, addsBOS(json), let bos = settings.bos {
      settings.opening = [bos]
    }
    if frame.closing.isEmpty, frame.leavesClosingOpen, tokenizer?["add_eos_token"]?.asBool == true,
      let eos = settings.eos
    {
      settings.closing = [eos]
    }
    settings.chatTemplate = chatTemplate
    return settings
  }

  /// Whether a tokenizer without a say of its own adds `bos`: what the configuration states, else what the classes do
  /// that write their own post-processor.
  private func addsBOS(_ json: TokenizerJSON) -> Bool {
    if let flag = tokenizer?["add_bos_token"]?.asBool { return flag }
    let name = tokenizer?["tokenizer_class"]?.asString ?? ""
    return !json.hasPostProcessor
      && ["Llama", "CodeLlama", "Gemma"].contains { name == $0 + "Tokenizer" || name == $0 + "TokenizerFast" }
  }

  /// The id of a special token: by its text where a file names one of the vocabulary, else by its number.
  private func specialID(
    _ name: String, _ number: String, _ json: TokenizerJSON
  ) throws(TokenizerError) -> Int32? {
    if let id = token(name, json) { return id }
    for entry in [model?[number], model?["text_config"]?[number], generation?[number]] {
      guard let entry, !entry.isNull else { continue }
      guard let id = entry.asInteger ?? entry.asArray?.first?.asInteger else {
        throw .malformed(
          file: (folder ?? "") + "/config.json", part: number,
          reason: "expected an id or a list of ids, found \(entry.summary)")
      }
      // Older configurations write -1 for no token; ids beyond the tokenizer are rows that no text reaches.
      if json.tokens.indices.contains(id) { return Int32(id) }
    }
    return nil
  }

  /// The id of the token that the first file names, as a text or as an object with `content`.
  private func token(_ name: String, _ json: TokenizerJSON) -> Int32? {
    for entry in [tokenizer?[name], specialTokens?[name]] {
      let content = entry?["content"] ?? entry
      if let text = content?.utf8, let id = json.ids.find(text) { return id }
    }
    return nil
  }

  private var chatTemplate: String? {
    guard let entry = tokenizer?["chat_template"], !entry.isNull else { return separateTemplate }
    if let text = entry.asString { return text }
    let named = entry.asArray ?? []
    return (named.first { $0["name"]?.asString == "default" } ?? named.first)?["template"]?.asString
  }
}
