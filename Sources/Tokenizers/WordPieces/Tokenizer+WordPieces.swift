extension Tokenizer {
  /// Loads `vocab.txt`, BERT's list of tokens, one a line, and what the files beside it say about its tokens.
  static func loadWordPieces(
    _ path: String, configuration: TokenizerConfiguration
  ) throws(TokenizerError) -> Tokenizer {
    try Tokenizer(wordPieces: Array(TextFile.read(path).utf8), file: path, configuration: configuration)
  }

  /// - Throws: `TokenizerError.malformed` when a token stands twice or the tokens for unknown words and around texts are
  ///   missing.
  init(wordPieces bytes: [UInt8], file: String, configuration: TokenizerConfiguration) throws(TokenizerError) {
    var tokens = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? Array(line.dropLast()) : Array(line)
    }
    if tokens.last?.isEmpty == true { tokens.removeLast() }
    var ids = ByteStringTable(capacity: tokens.count)
    for (id, text) in tokens.enumerated() {
      if let other = ids.insert(text, Int32(id)) {
        throw .malformed(
          file: file, part: "line \(id + 1)",
          reason: "\"\(TokenizerJSON.show(text))\" stands in line \(other + 1) as well")
      }
    }
    let pieces = tokens
    let normalizer = try configuration.bertNormalizer()
    let usual = [
      "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]",
    ]
    var types = [TokenType](repeating: .normal, count: tokens.count)
    var added: [Int32: AddedToken] = [:]
    for text in usual.values {
      guard let id = ids.find(Array(text.utf8)), try !configuration.renames(text, in: usual) else { continue }
      types[Int(id)] = .control
      added[id] = AddedToken(content: Array(text.utf8), id: id, isSpecial: true)
    }
    let known = Set(added.values.map(\.content))
    var rows = AddedTokenRows(modelCount: tokens.count)
    for token in try configuration.additions(isKnown: known.contains) {
      let row = ids.insert(token.content, Int32(rows.next)).map { Int($0) }
      let id = row ?? rows.next
      guard token.id ?? id == id else { throw configuration.contradiction(token, id: id) }
      if row == nil {
        tokens.append(token.content)
        types.append(token.type)
      }
      types[id] = token.type
      rows.note(id)
      added[Int32(id)] = token.added(as: Int32(id))
    }
    var special: [String: Int32] = [:]
    for (name, text) in usual { special[name] = ids.find(try configuration.named(name)?.content ?? Array(text.utf8)) }
    guard let unknown = special["unk_token"], let opening = special["cls_token"], let closing = special["sep_token"]
    else {
      throw .malformed(file: file, part: "the document", reason: "expected the tokens [UNK], [CLS] and [SEP]")
    }
    var names = try configuration.templateNames() ?? [:]
    for (name, text) in usual where names[name] == nil && special[name] != nil { names[name] = text }
    var settings = TokenizerSettings(
      unknown: unknown, pad: special["pad_token"], separator: closing, classifier: opening, mask: special["mask_token"])
    settings = try configuration.settings(
      ids: ids, count: tokens.count, frame: TextFrame(opening: [opening], closing: [closing], isDeclared: true),
      known: settings)
    settings.names = names
    settings.unnamed = []
    let finders = added.values.sorted { $0.id < $1.id }.map { token in
      var content = token.content
      if token.isNormalized { normalizer.apply(to: &content) }
      return token.with(content: content)
    }
    let lists = WordPieceMark.lists(tokens: pieces, types: types, prefix: WordPieceMark.prefix)
    self = Tokenizer(
      tokens: tokens, types: types, normalizers: [.bert(normalizer)], preTokenizer: try .bert(),
      rawTokens: AddedTokenFinder(finders.filter { !$0.isNormalized }),
      normalizedTokens: AddedTokenFinder(finders.filter(\.isNormalized)),
      model: .wordPiece(
        WordPieceModel(
          starts: lists.starts, continuations: lists.continuations, unknown: unknown, longestWord: 100)),
      settings: settings, origin: TokenizerOrigin())
  }
}
