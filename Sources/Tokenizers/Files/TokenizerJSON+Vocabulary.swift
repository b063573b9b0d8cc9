import Checkpoints
import JSON

extension TokenizerJSON {
  /// More rows than any vocabulary has that leaves some unused; it bounds what a wrong id can allocate.
  static let largestID = 1 << 20

  /// - Parameter rows: tokens that there are, half as many as there may be rows.
  private func id(
    _ value: JSONValue, of text: [UInt8], rows: Int, _ part: String
  ) throws(TokenizerError) -> Int {
    let largest = max(Self.largestID, 2 * rows)
    guard let id = value.asInteger, (0...largest).contains(id) else {
      let name = String(decoding: text, as: UTF8.self)
      throw malformed(part, "the id of \"\(name)\" is \(value.summary); expected a whole number up to \(largest)")
    }
    return id
  }

  /// Reads `model.vocab`, an object from texts to ids.
  mutating func readVocabulary() throws(TokenizerError) {
    guard let members = root["model"]?["vocab"]?.asMembers?.elements else {
      throw malformed("model.vocab", "expected an object from tokens to ids")
    }
    guard !members.isEmpty else { throw malformed("model.vocab", "the vocabulary is empty") }
    ids = ByteStringTable(capacity: members.count + 256)
    for member in members {
      let text = Array(member.key.utf8)
      let id = try id(member.value, of: text, rows: members.count, "model.vocab")
      try place(text, at: id, type: .normal, part: "model.vocab")
      ids.insert(text, Int32(id))
    }
    modelIDs = ids
  }

  /// Reads `model.vocab` as a list of texts with scores, whose places are the ids.
  mutating func readScoredVocabulary() throws(TokenizerError) {
    guard let list = root["model"]?["vocab"]?.asArray else {
      throw malformed("model.vocab", "expected a list of tokens with scores")
    }
    guard !list.isEmpty else { throw malformed("model.vocab", "the vocabulary is empty") }
    ids = ByteStringTable(capacity: list.count + 256)
    var scores: [Float] = []
    for (id, entry) in list.enumerated() {
      guard let pair = entry.asArray, pair.count == 2, let text = pair[0].utf8, let score = pair[1].asNumber,
        score.isFinite
      else { throw malformed("model.vocab[\(id)]", "expected a token and its score, found \(entry.summary)") }
      try place(text, at: id, type: .normal, part: "model.vocab")
      if let other = ids.insert(text, Int32(id)) {
        throw malformed("model.vocab[\(id)]", "\"\(Self.show(text))\" is token \(other) as well")
      }
      scores.append(Float(score))
      exactScores.append(score)
    }
    modelIDs = ids
    origin.scores = scores
  }

  /// Puts a token into its row. Rows that nothing fills stay unused.
  mutating func place(
    _ text: [UInt8], at id: Int, type: TokenType, part: String
  ) throws(TokenizerError) {
    while tokens.count <= id {
      tokens.append([])
      types.append(.unused)
    }
    guard types[id] == .unused else {
      let other = Self.show(tokens[id])
      throw malformed(part, "\"\(other)\" and \"\(Self.show(text))\" have the same id \(id)")
    }
    tokens[id] = text
    types[id] = type
  }

  static func show(_ text: [UInt8]) -> String {
    String(decoding: text.prefix(80), as: UTF8.self)
  }

  /// Reads `added_tokens`. They repeat tokens of the vocabulary or extend it.
  mutating func readAddedTokens() throws(TokenizerError) {
    let part = "added_tokens"
    for (index, entry) in try list(root["added_tokens"], part).enumerated() {
      let part = "\(part)[\(index)]"
      let content = try text(entry["content"], "\(part).content")
      guard !content.isEmpty else { throw malformed("\(part).content", "an added token has no text") }
      let id = try id(entry["id"] ?? .null, of: content, rows: tokens.count, "\(part).id")
      let isSpecial = try flag(entry["special"], default: false, "\(part).special")
      if let known = ids.find(content) {
        guard known == id else {
          throw malformed(part, "\"\(Self.show(content))\" has the id \(id) here and \(known) in the vocabulary")
        }
      } else {
        try place(content, at: id, type: .normal, part: part)
        ids.insert(content, Int32(id))
      }
      types[id] = isSpecial || Self.looksSpecial(content) ? .control : .userDefined
      addedTokens.append(
        AddedToken(
          content: content, id: Int32(id), isSpecial: isSpecial,
          isNormalized: try flag(entry["normalized"], default: !isSpecial, "\(part).normalized"),
          stripsLeft: try flag(entry["lstrip"], default: false, "\(part).lstrip"),
          stripsRight: try flag(entry["rstrip"], default: false, "\(part).rstrip"),
          isSingleWord: try flag(entry["single_word"], default: false, "\(part).single_word")))
    }
  }

  /// Adds the tokens that the files beside this one describe, as transformers does.
  mutating func addTokens(of configuration: TokenizerConfiguration) throws(TokenizerError) {
    var places: [[UInt8]: Int] = [:]
    for (place, token) in addedTokens.enumerated() { places[token.content] = place }
    let known = Set(places.keys)
    var rows = AddedTokenRows(
      modelCount: modelIDs.count, largestAdded: addedTokens.map { Int($0.id) }.max())
    for token in try configuration.additions(isKnown: known.contains) {
      let row = ids.find(token.content).map { Int($0) }
      let id = row ?? rows.next
      guard token.id ?? id == id else { throw configuration.contradiction(token, id: id) }
      if row == nil {
        try place(token.content, at: id, type: .normal, part: "added_tokens")
        ids.insert(token.content, Int32(id))
      }
      types[id] = token.type
      rows.note(id)
      if let place = places[token.content] {
        addedTokens[place] = token.added(as: Int32(id))
      } else {
        places[token.content] = addedTokens.count
        addedTokens.append(token.added(as: Int32(id)))
      }
    }
  }

  /// Whether llama.cpp's converter takes a token for a control token although its file does not call it special.
  static func looksSpecial(_ content: [UInt8]) -> Bool {
    let text = String(decoding: content, as: UTF8.self)
    let names = ["<pad>", "<mask>", "<2mass>", "[@BOS@]"]
    return names.contains(text) || (text.hasPrefix("<|") && text.hasSuffix("|>"))
      || (text.hasPrefix("<\u{FF5C}") && text.hasSuffix("\u{FF5C}>"))
      || (text.hasPrefix("<unused") && text.hasSuffix(">"))
  }
}
