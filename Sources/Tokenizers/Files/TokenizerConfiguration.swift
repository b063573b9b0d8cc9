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
  var addedTokens: JSONValue?
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
    addedTokens = try Self.read("added_tokens.json", in: folder)
    let template = folder + "/chat_template.jinja"
    if FileManager.default.fileExists(atPath: template) {
      separateTemplate = try Self.text(template)
    } else {
      separateTemplate = try Self.read("chat_template.json", in: folder)?["chat_template"]?.asString
    }
  }

  private static func text(_ path: String) throws(TokenizerError) -> String {
    let bytes: [UInt8]
    do {
      let file = try MappedFile(path: path)
      bytes = file.bytes.withUnsafeBytes { Array($0) }
    } catch {
      throw .reading(.file(error))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .reading(.file(FileError(path: path, reason: "cannot read it as UTF-8")))
    }
    return text
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

  // MARK: - Special tokens

  /// The settings of a tokenizer.
  ///
  /// - Parameters:
  ///   - ids: the ids of all tokens, of which there are `count`.
  ///   - frame: what the tokenizer's own file says about the ends of a text.
  ///   - known: special ids that the tokenizer's own file names; they serve where no other file names one.
  func settings(
    ids: ByteStringTable, count: Int, frame: TextFrame, known: TokenizerSettings
  ) throws(TokenizerError) -> TokenizerSettings {
    var settings = known
    settings.bos = try specialID("bos_token", "bos_token_id", ids, count) ?? known.bos
    settings.eos = try specialID("eos_token", "eos_token_id", ids, count) ?? known.eos
    settings.pad = try specialID("pad_token", "pad_token_id", ids, count) ?? known.pad
    settings.unknown = known.unknown ?? token("unk_token", ids)
    settings.separator = token("sep_token", ids) ?? known.separator
    settings.classifier = token("cls_token", ids) ?? known.classifier
    settings.mask = token("mask_token", ids) ?? known.mask
    if settings.bos == nil, frame.opening.count == 1 { settings.bos = frame.opening.first }
    if settings.eos == nil, frame.closing.count == 1 { settings.eos = frame.closing.first }
    settings.opening = frame.opening
    settings.closing = frame.closing
    if frame.opening.isEmpty, frame.leavesOpeningOpen, addsBOS(frame), let bos = settings.bos {
      settings.opening = [bos]
    }
    if frame.closing.isEmpty, frame.leavesClosingOpen,
      tokenizer?["add_eos_token"]?.asBool ?? frame.addsEOSByHabit,
      let eos = settings.eos
    {
      settings.closing = [eos]
    }
    settings.chatTemplate = chatTemplate
    return settings
  }

  /// Whether a tokenizer without a say of its own adds `bos`: what the configuration states, else what the classes do
  /// that write their own post-processor.
  private func addsBOS(_ frame: TextFrame) -> Bool {
    if let flag = tokenizer?["add_bos_token"]?.asBool { return flag }
    let name = tokenizer?["tokenizer_class"]?.asString ?? ""
    if frame.addsBOSByHabit { return true }
    return !frame.isDeclared
      && ["Llama", "CodeLlama", "Gemma"].contains { name == $0 + "Tokenizer" || name == $0 + "TokenizerFast" }
  }

  /// The id of a special token: by its text where a file names one of the vocabulary, else by its number.
  private func specialID(
    _ name: String, _ number: String, _ ids: ByteStringTable, _ count: Int
  ) throws(TokenizerError) -> Int32? {
    if let id = token(name, ids) { return id }
    for entry in [model?[number], model?["text_config"]?[number], generation?[number]] {
      guard let entry, !entry.isNull else { continue }
      guard let id = entry.asInteger ?? entry.asArray?.first?.asInteger else {
        throw .malformed(
          file: (folder ?? "") + "/config.json", part: number,
          reason: "expected an id or a list of ids, found \(entry.summary)")
      }
      // Older configurations write -1 for no token; ids beyond the tokenizer are rows that no text reaches.
      if (0..<count).contains(id) { return Int32(id) }
    }
    return nil
  }

  /// The id of the token that the first file names, as a text or as an object with `content`.
  private func token(_ name: String, _ ids: ByteStringTable) -> Int32? {
    for entry in [tokenizer?[name], specialTokens?[name]] {
      let content = entry?["content"] ?? entry
      if let text = content?.utf8, let id = ids.find(text) { return id }
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

extension TokenizerConfiguration {
  /// Adds the tokens that `added_tokens.json` and `tokenizer_config.json` name, as llama.cpp's converter does.
  func addTokens(to vocabulary: inout GGUFVocabulary) throws(TokenizerError) {
    for (text, value) in addedTokens?.asMembers?.elements ?? [] {
      try add(text, id: value.asInteger, type: .userDefined, file: "added_tokens.json", to: &vocabulary)
    }
    for (key, entry) in tokenizer?["added_tokens_decoder"]?.asMembers?.elements ?? [] {
      guard let text = entry["content"]?.asString else {
        throw .malformed(
          file: (folder ?? "") + "/tokenizer_config.json", part: "added_tokens_decoder.\(key)",
          reason: "expected a content")
      }
      let isSpecial = entry["special"]?.asBool == true || TokenizerJSON.looksSpecial(Array(text.utf8))
      let plain = String(decoding: SentencePieceSpace.replaced(in: Array(text.utf8)), as: UTF8.self)
      try add(
        isSpecial ? text : plain, id: Int(key), type: isSpecial ? .control : .userDefined,
        file: "tokenizer_config.json", to: &vocabulary)
    }
  }

  private func add(
    _ text: String, id: Int?, type: TokenType, file: String, to vocabulary: inout GGUFVocabulary
  ) throws(TokenizerError) {
    guard let id, (0...1 << 24).contains(id) else {
      throw .malformed(
        file: (folder ?? "") + "/" + file, part: "\"\(text)\"", reason: "expected an id from 0 to \(1 << 24)")
    }
    while vocabulary.tokens.count <= id {
      vocabulary.tokens.append("[PAD\(vocabulary.tokens.count)]")
      vocabulary.types.append(.unused)
      vocabulary.scores?.append(-10_000)
    }
    vocabulary.tokens[id] = text
    // The model's unknown token stays what it is.
    if vocabulary.types[id] != .unknown { vocabulary.types[id] = type }
    vocabulary.scores?[id] = -1000
  }
}
