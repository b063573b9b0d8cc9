import Checkpoints
import JSON

extension TokenizerJSON {
  /// Reads `model` of type BPE.
  mutating func readBytePairs(isByteLevel: Bool) throws(TokenizerError) -> BytePairModel {
    guard let model = root["model"] else { throw malformed("model", "expected an object") }
    try refuseWhatIsNotDone(model)
    let (merges, results) = try readMerges(model)
    origin.merges = merges
    let unknown = try readUnknown(model)
    if let unknown, !isByteLevel { types[Int(unknown)] = .unknown }
    let table = BytePairBuilder.table(merges, results: results)
    let ignoresMerges = try flag(model["ignore_merges"], default: false, "model.ignore_merges")
    let fusesUnknown = try flag(model["fuse_unk"], default: false, "model.fuse_unk")
    if isByteLevel {
      let symbols = (UInt8(0)...255).map { modelIDs.find(PrintableBytes.encode([$0])) ?? -1 }
      return BytePairModel(
        alphabet: .bytes(symbols), merges: table, wholeWords: ignoresMerges ? wholeWords(byteLevel: true) : nil,
        unknown: unknown, fusesUnknown: fusesUnknown)
    }
    let hasByteFallback = try flag(model["byte_fallback"], default: false, "model.byte_fallback")
    let byteTokens = hasByteFallback ? try readByteTokens() : nil
    let symbols = BytePairBuilder.characters(of: tokens.map { modelIDs.find($0) == nil ? [] : $0 })
    let alphabet = CharacterAlphabet(
      symbols: symbols, byteTokens: byteTokens, firstNonToken: Int32(tokens.count),
      joints: BytePairBuilder.joints(merges, texts: tokens, symbols: symbols))
    return BytePairModel(
      alphabet: .characters(alphabet), merges: table, wholeWords: ignoresMerges ? wholeWords(byteLevel: false) : nil,
      unknown: unknown, fusesUnknown: fusesUnknown)
  }

  private func refuseWhatIsNotDone(_ model: JSONValue) throws(TokenizerError) {
    for (name, value) in [
      ("continuing_subword_prefix", model["continuing_subword_prefix"]),
      ("end_of_word_suffix", model["end_of_word_suffix"]),
    ] {
      if let value, !value.isNull, value.asString != "" { throw unsupported("model.\(name)", value, "null") }
    }
    if let dropout = model["dropout"]?.asNumber, dropout != 0 {
      throw unsupported("model.dropout", model["dropout"], "null, since ids must not depend on chance")
    }
  }

  private func readUnknown(_ model: JSONValue) throws(TokenizerError) -> Int32? {
    guard let value = model["unk_token"], !value.isNull else { return nil }
    let text = try text(value, "model.unk_token")
    guard let id = ids.find(text) else {
      throw malformed("model.unk_token", "\"\(Self.show(text))\" is no token of the vocabulary")
    }
    return id
  }

  mutating func readByteTokens() throws(TokenizerError) -> [Int32] {
    guard let result = BytePairBuilder.byteTokens(in: ids) else {
      throw malformed("model.byte_fallback", "the vocabulary lacks some of the tokens <0x00> to <0xFF>")
    }
    for id in result where types[Int(id)] == .normal { types[Int(id)] = .byte }
    return result
  }

  /// The tokens by the bytes of text that they stand for.
  private func wholeWords(byteLevel: Bool) -> ByteStringTable {
    var table = ByteStringTable(capacity: tokens.count)
    for (id, text) in tokens.enumerated() where modelIDs.find(text) == Int32(id) {
      if let bytes = byteLevel ? PrintableBytes.decode(text) : text { table.insert(bytes, Int32(id)) }
    }
    return table
  }

  // MARK: - Merges

  private func readMerges(_ model: JSONValue) throws(TokenizerError) -> ([MergePair], [Int32]) {
    guard let list = model["merges"]?.asArray else {
      throw malformed("model.merges", "expected a list, found \(model["merges"]?.summary ?? "nothing")")
    }
    var merges: [MergePair] = []
    var results: [Int32] = []
    merges.reserveCapacity(list.count)
    results.reserveCapacity(list.count)
    for (rank, entry) in list.enumerated() {
      let (left, right) = try pair(entry, rank: rank)
      merges.append(MergePair(left: try token(left, rank: rank), right: try token(right, rank: rank)))
      results.append(try token(left + right, rank: rank))
    }
    return (merges, results)
  }

  /// Reads a merge: a list of two texts, or both in one text with a space between them.
  private func pair(_ entry: JSONValue, rank: Int) throws(TokenizerError) -> ([UInt8], [UInt8]) {
    switch entry {
    case .array(let parts):
      if parts.count == 2, let left = parts[0].utf8, let right = parts[1].utf8 { return (left, right) }
    case .string(let text):
      let parts = Array(text.utf8).split(separator: 0x20, omittingEmptySubsequences: false)
      if parts.count == 2 { return (Array(parts[0]), Array(parts[1])) }
    default: break
    }
    throw malformed("model.merges[\(rank)]", "expected two tokens, found \(entry.summary)")
  }

  private func token(_ text: [UInt8], rank: Int) throws(TokenizerError) -> Int32 {
    guard let id = modelIDs.find(text) else {
      throw malformed("model.merges[\(rank)]", "\"\(Self.show(text))\" is no token of the vocabulary")
    }
    return id
  }
}
