import Checkpoints
import JSON

extension JSONValue {
  /// The value of a key, or nil when there is none or this is no object.
  subscript(key: String) -> JSONValue? { asMembers?[key] }

  /// The bytes of a text.
  var utf8: [UInt8]? { asString.map { Array($0.utf8) } }

  var isNull: Bool { self == .null }
}

/// Reads `tokenizer.json`, the file of the Hugging Face `tokenizers` library.
///
/// Its parts are read by extensions, one file each; what is not understood is an error and never skipped, since a
/// skipped part would give other ids. `truncation` and `padding` belong to batches and `decoder` to what comes out of a
/// model: none of them changes the ids of a text, and none is read.
struct TokenizerJSON {
  let file: String
  let root: JSONValue
  /// The texts of the tokens by id, once the vocabulary is read.
  var tokens: [[UInt8]] = []
  var types: [TokenType] = []
  /// Text to id, added tokens included.
  var ids = ByteStringTable()
  /// Text to id, for the tokens that merges can make.
  var modelIDs = ByteStringTable()
  var addedTokens: [AddedToken] = []
  /// The scores of the tokens by id, where the model has some.
  var exactScores: [Double] = []
  var origin = TokenizerOrigin()

  init(file: String, root: JSONValue) {
    self.file = file
    self.root = root
  }

  func malformed(_ part: String, _ reason: String) -> TokenizerError {
    .malformed(file: file, part: part, reason: reason)
  }

  func unsupported(_ part: String, _ found: JSONValue?, _ supported: String) -> TokenizerError {
    .unsupported(file: file, part: part, found: found?.summary ?? "nothing", supported: supported)
  }

  /// Reads a text that must be there.
  func text(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> [UInt8] {
    guard let bytes = value?.utf8 else {
      throw malformed(part, "expected a text, found \(value?.summary ?? "nothing")")
    }
    return bytes
  }

  func string(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> String {
    String(decoding: try text(value, part), as: UTF8.self)
  }

  /// Reads a list; where it is absent or null it is empty.
  func list(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> [JSONValue] {
    guard let value, !value.isNull else { return [] }
    guard let list = value.asArray else { throw malformed(part, "expected a list, found \(value.summary)") }
    return list
  }

  /// Reads a flag; where it is absent or null it has the library's default.
  func flag(_ value: JSONValue?, default fallback: Bool, _ part: String) throws(TokenizerError) -> Bool {
    guard let value, !value.isNull else { return fallback }
    guard let flag = value.asBool else { throw malformed(part, "expected true or false, found \(value.summary)") }
    return flag
  }

  /// The models that are understood, by the names of the file.
  private enum Kind: String, CaseIterable {
    case bytePairs = "BPE"
    case unigram = "Unigram"
    case wordPiece = "WordPiece"
  }

  private func readKind() throws(TokenizerError) -> Kind {
    // The first files of the library do not name the type, but each has a member that no other has.
    if root["model"]?["type"] == nil {
      if root["model"]?["merges"] != nil { return .bytePairs }
      if root["model"]?["continuing_subword_prefix"] != nil { return .wordPiece }
    }
    let type = try string(root["model"]?["type"], "model.type")
    guard let kind = Kind(rawValue: type) else {
      throw unsupported("model.type", root["model"]?["type"], Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return kind
  }

  /// Builds the tokenizer. The configuration tells the special tokens, which this file does not name.
  mutating func tokenizer(configuration: TokenizerConfiguration) throws(TokenizerError) -> Tokenizer {
    guard case .object = root else { throw malformed("the document", "expected an object, found \(root.summary)") }
    let kind = try readKind()
    let isByteLevel = kind == .bytePairs && usesByteLevel()
    if kind == .unigram { try readScoredVocabulary() } else { try readVocabulary() }
    try readAddedTokens()
    try addTokens(of: configuration)
    var scratch = PatternScratch()
    let normalizers = try configuration.normalizers(readNormalizers())
    let preTokenizer = try readPreTokenizer()
    let model: TokenModel
    switch kind {
    case .bytePairs: model = .bytePairs(try readBytePairs(isByteLevel: isByteLevel))
    case .unigram: model = .unigram(try readUnigram())
    case .wordPiece: model = .wordPiece(try readWordPiece())
    }
    var normalized: [AddedToken] = []
    for token in addedTokens where token.isNormalized {
      var content = token.content
      for rewrite in normalizers { try rewrite.apply(to: &content, isAtStart: true, scratch: &scratch) }
      normalized.append(token.with(content: content))
    }
    if kind != .wordPiece, !isByteLevel {
      origin.addsSpacePrefix = Self.prefixesSpace(normalizers) || Self.prefixesSpace(preTokenizer.rewrites)
    } else if Self.prefixesSpace(preTokenizer.rewrites) {
      origin.addsSpacePrefix = true
    }
    if kind != .wordPiece {
      let addsSpace = Self.prefixesSpace(normalizers) || Self.prefixesSpace(preTokenizer.rewrites)
      try configuration.checkPrefix(addsSpace: addsSpace, isByteLevel: isByteLevel)
    }
    let settings = try configuration.settings(
      ids: ids, count: tokens.count, frame: readFrame(), known: TokenizerSettings(unknown: model.unknown))
    return Tokenizer(
      tokens: tokens, types: types, normalizers: normalizers, preTokenizer: preTokenizer,
      rawTokens: AddedTokenFinder(addedTokens.filter { !$0.isNormalized }),
      normalizedTokens: AddedTokenFinder(normalized), model: model, settings: settings, origin: origin)
  }

  private static func prefixesSpace(_ rewrites: [TextRewrite]) -> Bool {
    rewrites.contains { rewrite in
      switch rewrite {
      case .prepend(let bytes), .prefix(let bytes, _), .joinWords(let bytes):
        bytes == SentencePieceSpace.bytes || bytes == [0x20]
      default: false
      }
    }
  }
}

extension AddedToken {
  /// The same token with another text to look for.
  func with(content: [UInt8]) -> AddedToken {
    AddedToken(
      content: content, id: id, isSpecial: isSpecial, isNormalized: isNormalized, stripsLeft: stripsLeft,
      stripsRight: stripsRight, isSingleWord: isSingleWord)
  }
}
