import Checkpoints

extension TokenizerConfiguration {
  /// The tokens that files beside a vocabulary describe, in the order in which transformers adds them: those with ids by
  /// their ids, then special ones with names, then those without.
  ///
  /// - Parameter isKnown: whether a text is an added token already, so that a name for it says nothing new.
  func additions(isKnown: ([UInt8]) -> Bool) throws(TokenizerError) -> [Described] {
    let all = try namedTokens()
    let named = all.map(\.token)
    let unnamed = try unnamedTokens()
    // Names of one model make a token special, and yet it is looked for in the normalized text.
    let usual = all.filter { Self.specialNames.contains($0.name) }.map(\.token)
    var result = try listed(special: Set((usual + unnamed).map(\.content)))
    var seen = Set(result.map(\.content))
    let names = Set(named.map(\.content))
    // A token that has a name is special, whatever the list of tokens says.
    for index in result.indices where names.contains(result[index].content) { result[index].isSpecial = true }
    for token in named + unnamed where !isKnown(token.content) && seen.insert(token.content).inserted {
      result.append(token)
    }
    return result
  }

  /// What `added_tokens_decoder` lists, or else `added_tokens.json`, by id.
  private func listed(special: Set<[UInt8]>) throws(TokenizerError) -> [Described] {
    var result: [Described] = []
    if let entry = tokenizer?["added_tokens_decoder"] {
      guard let members = entry.asMembers?.elements else {
        throw malformed("added_tokens_decoder", "expected an object from ids to tokens, found \(entry.summary)")
      }
      for (key, value) in members {
        let part = "added_tokens_decoder.\(key)"
        guard value.asMembers != nil,
          var token = try described(value, "tokenizer_config.json", part, isSpecial: false)
        else { throw malformed(part, "expected an object with a content, found \(value.summary)") }
        token.id = try id(Int(key), of: token)
        result.append(token)
      }
    } else {
      for (text, value) in addedTokens?.asMembers?.elements ?? [] {
        let isSpecial = special.contains(Array(text.utf8))
        var token = Described(
          content: Array(text.utf8), file: "added_tokens.json", part: "\"\(text)\"", isSpecial: isSpecial,
          isNormalized: !isSpecial)
        token.id = try id(value.asInteger, of: token)
        result.append(token)
      }
    }
    result.sort { ($0.id ?? 0) < ($1.id ?? 0) }
    var places: [[UInt8]: Int] = [:]
    for (index, token) in result.enumerated() {
      let other =
        places.updateValue(index, forKey: token.content)
        ?? (index > 0 && result[index - 1].id == token.id ? index - 1 : nil)
      if let other {
        throw .malformed(
          file: file(token.file), part: token.part,
          reason: "\"\(TokenizerJSON.show(token.content))\" and \"\(TokenizerJSON.show(result[other].content))\" "
            + "(\(result[other].part)) have ids \(token.id ?? 0) and \(result[other].id ?? 0); expected one id for a token"
        )
      }
    }
    return result
  }

  private func id(_ value: Int?, of token: Described) throws(TokenizerError) -> Int {
    guard let value, (0...TokenizerJSON.largestID).contains(value) else {
      throw .malformed(
        file: file(token.file), part: token.part,
        reason: "\"\(TokenizerJSON.show(token.content))\" has no id; expected one from 0 to \(TokenizerJSON.largestID)")
    }
    return value
  }

  /// An error about a token whose file claims another row than the tokenizer has for it.
  func contradiction(_ token: Described, id: Int) -> TokenizerError {
    .malformed(
      file: file(token.file), part: token.part,
      reason: "\"\(TokenizerJSON.show(token.content))\" has the id \(token.id ?? id) here and \(id) in the tokenizer")
  }
}

/// Hands out rows to tokens that a vocabulary lacks, as the library of tokenizers does.
struct AddedTokenRows {
  /// Entries of the vocabulary itself.
  let modelCount: Int
  /// The largest id of an added token.
  var largestAdded: Int?

  /// The row of the next token that is new.
  var next: Int {
    guard let largestAdded, largestAdded >= modelCount else { return modelCount }
    return largestAdded + 1
  }

  mutating func note(_ id: Int) { largestAdded = max(largestAdded ?? id, id) }
}

extension TokenizerConfiguration {
  /// Adds tokens to a vocabulary of SentencePiece. A row whose text the files give anew has the new text from then on.
  ///
  /// - Returns: the added tokens by id, with what files say about spaces around them, which GGUF metadata do not.
  func addTokens(to vocabulary: inout GGUFVocabulary) throws(TokenizerError) -> [Int32: AddedToken] {
    var ids: [String: Int] = [:]
    for (id, text) in vocabulary.tokens.enumerated() { ids[text] = ids[text] ?? id }
    let known = Set(
      vocabulary.tokens.indices.filter { ![.normal, .unused, .byte].contains(vocabulary.types[$0]) }
        .map { Array(vocabulary.tokens[$0].utf8) })
    var rows = AddedTokenRows(modelCount: vocabulary.tokens.count)
    var result: [Int32: AddedToken] = [:]
    for token in try additions(isKnown: known.contains) {
      let text = String(decoding: token.content, as: UTF8.self)
      let plain = String(decoding: SentencePieceSpace.replaced(in: token.content), as: UTF8.self)
      let row = ids[text]
      let id = row ?? (token.id.flatMap { $0 < vocabulary.tokens.count ? $0 : nil }) ?? rows.next
      guard token.id ?? id == id else { throw contradiction(token, id: id) }
      while vocabulary.tokens.count <= id {
        vocabulary.tokens.append("")
        vocabulary.types.append(.unused)
        vocabulary.scores?.append(0)
      }
      vocabulary.tokens[id] = token.type == .control ? text : plain
      // The model's unknown token stays what it is.
      if vocabulary.types[id] != .unknown { vocabulary.types[id] = token.type }
      vocabulary.scores?[id] = -1000
      ids[text] = id
      rows.note(id)
      result[Int32(id)] = token.added(as: Int32(id))
    }
    return result
  }
}
