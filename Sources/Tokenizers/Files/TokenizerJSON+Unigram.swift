import Checkpoints

extension TokenizerJSON {
  /// Reads `model` of type Unigram, once its vocabulary is read.
  mutating func readUnigram() throws(TokenizerError) -> UnigramModel {
    var unknown: Int32?
    if let value = root["model"]?["unk_id"], !value.isNull {
      guard let id = value.asInteger, exactScores.indices.contains(id) else {
        throw malformed("model.unk_id", "\(value.summary) is no token; expected 0 to \(exactScores.count - 1)")
      }
      unknown = Int32(id)
      types[id] = .unknown
    }
    let hasByteFallback = try flag(root["model"]?["byte_fallback"], default: false, "model.byte_fallback")
    return UnigramModel(
      tokens: exactScores.indices.map { (tokens[$0], Int32($0)) }, scores: exactScores,
      lowest: exactScores.min() ?? 0, unknown: unknown, byteTokens: hasByteFallback ? try readByteTokens() : nil)
  }

  /// Reads `model` of type WordPiece, once its vocabulary is read.
  mutating func readWordPiece() throws(TokenizerError) -> WordPieceModel {
    let model = root["model"]
    let prefix = try model?["continuing_subword_prefix"].map { value throws(TokenizerError) in
      try text(value, "model.continuing_subword_prefix")
    }
    guard prefix == nil || prefix == WordPieceMark.prefix else {
      throw unsupported("model.continuing_subword_prefix", model?["continuing_subword_prefix"], "\"##\"")
    }
    let name = try model?["unk_token"].map { value throws(TokenizerError) in try text(value, "model.unk_token") }
    guard let unknown = ids.find(name ?? Array("[UNK]".utf8)) else {
      throw malformed("model.unk_token", "\"\(Self.show(name ?? []))\" is no token of the vocabulary")
    }
    var longest = 100
    if let value = model?["max_input_chars_per_word"], !value.isNull {
      guard let count = value.asInteger, count >= 0 else {
        throw malformed("model.max_input_chars_per_word", "expected a number of characters, found \(value.summary)")
      }
      longest = count
    }
    let lists = WordPieceMark.lists(
      tokens: tokens.map { modelIDs.find($0) == nil ? [] : $0 }, types: types, prefix: WordPieceMark.prefix)
    return WordPieceModel(
      starts: lists.starts, continuations: lists.continuations, unknown: unknown, longestWord: longest)
  }
}
