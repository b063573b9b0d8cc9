import Checkpoints
import JSON

extension TokenizerConfiguration {
  /// A token that a file describes.
  struct Described: Sendable, Equatable {
    let content: [UInt8]
    /// The file that says so, and where in it.
    let file: String
    let part: String
    /// The row that it claims, where the file gives one.
    var id: Int?
    var isSpecial = true
    var isNormalized = false
    var stripsLeft = false
    var stripsRight = false
    var isSingleWord = false
  }

  /// The names that every tokenizer of transformers has for special tokens, in the order in which it adds them.
  static let specialNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Whether `tokenizer_config.json` lists the added tokens itself. Then transformers reads neither
  /// `special_tokens_map.json` nor `added_tokens.json`.
  var listsAddedTokens: Bool { tokenizer?["added_tokens_decoder"] != nil }

  private var specialTokensMap: JSONValue? { listsAddedTokens ? nil : specialTokens }

  /// Whether files have a say about a name, be it that there is no such token.
  func says(_ name: String) -> Bool { tokenizer?[name] != nil || specialTokensMap?[name] != nil }

  /// The token that files give a name such as `eos_token`.
  ///
  /// - Throws: `TokenizerError.malformed` for what is no token, and where two files name different ones: transformers takes
  ///   that of `special_tokens_map.json`, llama.cpp's converter that of `tokenizer_config.json`.
  func named(_ name: String) throws(TokenizerError) -> Described? {
    let own = try described(tokenizer?[name], "tokenizer_config.json", name)
    let other = try described(specialTokensMap?[name], "special_tokens_map.json", name)
    if let own, let other, own.content != other.content {
      throw malformed(
        name,
        "found \"\(TokenizerJSON.show(own.content))\" here and \"\(TokenizerJSON.show(other.content))\" in "
          + "special_tokens_map.json; expected the same token")
    }
    return other ?? own
  }

  /// All tokens with names: the usual ones, then those of this model, such as `image_token`.
  func namedTokens() throws(TokenizerError) -> [(name: String, token: Described)] {
    var result: [(String, Described)] = []
    for name in Self.specialNames {
      if let token = try named(name) { result.append((name, token)) }
    }
    var seen = Set(Self.specialNames)
    for file in [tokenizer, specialTokensMap] {
      for member in file?.asMembers?.elements ?? [] where member.key.hasSuffix("_token") {
        // Flags such as add_bos_token end so too.
        guard member.value.asString != nil || member.value.asMembers != nil, seen.insert(member.key).inserted,
          let token = try named(member.key)
        else { continue }
        result.append((member.key, token))
      }
    }
    for (file, key, value) in extraTokens {
      for member in value.asMembers?.elements ?? [] where seen.insert(member.key).inserted {
        if let token = try described(member.value, file, "\(key).\(member.key)") { result.append((member.key, token)) }
      }
    }
    return result
  }

  /// Special tokens without names.
  func unnamedTokens() throws(TokenizerError) -> [Described] {
    var result: [Described] = []
    for (file, key, value) in extraTokens {
      guard value.asMembers == nil else { continue }
      guard let list = value.asArray else {
        throw .malformed(file: self.file(file), part: key, reason: "expected a list of tokens, found \(value.summary)")
      }
      for (index, entry) in list.enumerated() {
        guard let token = try described(entry, file, "\(key)[\(index)]") else { continue }
        if !result.contains(where: { $0.content == token.content }) { result.append(token) }
      }
    }
    return result
  }

  /// Where further special tokens stand. `additional_special_tokens` is the older name of the same key.
  private var extraTokens: [(file: String, key: String, value: JSONValue)] {
    var result: [(String, String, JSONValue)] = []
    for (file, value) in [("tokenizer_config.json", tokenizer), ("special_tokens_map.json", specialTokensMap)] {
      for key in ["model_specific_special_tokens", "extra_special_tokens", "additional_special_tokens"] {
        if let entry = value?[key], !entry.isNull { result.append((file, key, entry)) }
      }
    }
    return result
  }

  /// Reads a token: a text, or an object with `content` and flags. Null and the empty text are none.
  func described(
    _ value: JSONValue?, _ file: String, _ part: String, isSpecial: Bool = true
  ) throws(TokenizerError) -> Described? {
    guard let value, !value.isNull else { return nil }
    if let text = value.utf8 {
      return text.isEmpty ? nil : Described(content: text, file: file, part: part, isSpecial: isSpecial)
    }
    guard value.asMembers != nil, let content = value["content"]?.utf8 else {
      throw .malformed(
        file: self.file(file), part: part, reason: "expected a text or an object with a content, found \(value.summary)"
      )
    }
    guard !content.isEmpty else { return nil }
    func flag(_ name: String, default fallback: Bool) throws(TokenizerError) -> Bool {
      guard let flag = value[name], !flag.isNull else { return fallback }
      guard let known = flag.asBool else {
        throw .malformed(
          file: self.file(file), part: "\(part).\(name)", reason: "expected true or false, found \(flag.summary)")
      }
      return known
    }
    let special = try flag("special", default: isSpecial)
    return Described(
      content: content, file: file, part: part, isSpecial: special,
      isNormalized: try flag("normalized", default: !special), stripsLeft: try flag("lstrip", default: false),
      stripsRight: try flag("rstrip", default: false), isSingleWord: try flag("single_word", default: false))
  }
}

extension TokenizerConfiguration.Described {
  /// What a GGUF file calls it.
  var type: TokenType { isSpecial || TokenizerJSON.looksSpecial(content) ? .control : .userDefined }

  /// The token in its row.
  func added(as id: Int32) -> AddedToken {
    AddedToken(
      content: content, id: id, isSpecial: isSpecial, isNormalized: isNormalized, stripsLeft: stripsLeft,
      stripsRight: stripsRight, isSingleWord: isSingleWord)
  }
}
