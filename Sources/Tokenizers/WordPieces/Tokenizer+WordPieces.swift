import Foundation

extension Tokenizer {
  /// Loads `vocab.txt`, BERT's list of tokens, one a line, and what the files beside it say about its tokens.
  static func loadWordPieces(
    _ path: String, configuration: TokenizerConfiguration
  ) throws(TokenizerError) -> Tokenizer {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .malformed(file: path, part: "the document", reason: "cannot read it as UTF-8")
    }
    return try Tokenizer(wordPieces: Array(text.utf8), file: path, configuration: configuration)
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
    let names = ["unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "mask": "[MASK]"]
    var special: [String: Int32] = [:]
    for (name, usual) in names {
      let entry = configuration.tokenizer?["\(name)_token"]
      special[name] = ids.find((entry?["content"] ?? entry)?.utf8 ?? Array(usual.utf8))
    }
    guard let unknown = special["unk"], let opening = special["cls"], let closing = special["sep"] else {
      throw .malformed(file: file, part: "the document", reason: "expected the tokens [UNK], [CLS] and [SEP]")
    }
    var types = [TokenType](repeating: .normal, count: tokens.count)
    for id in special.values { types[Int(id)] = .control }
    let lowercases = configuration.tokenizer?["do_lower_case"]?.asBool ?? true
    let normalizer = BertNormalizer(
      separatesIdeographs: configuration.tokenizer?["tokenize_chinese_chars"]?.asBool ?? true,
      stripsAccents: configuration.tokenizer?["strip_accents"]?.asBool ?? lowercases, lowercases: lowercases)
    let known = TokenizerSettings(
      unknown: unknown, pad: special["pad"], separator: closing, classifier: opening, mask: special["mask"])
    let frame = TextFrame(opening: [opening], closing: [closing], isDeclared: true)
    let lists = WordPieceMark.lists(tokens: tokens, types: types, prefix: WordPieceMark.prefix)
    self = Tokenizer(
      tokens: tokens, types: types, normalizers: [.bert(normalizer)], preTokenizer: try .bert(),
      rawTokens: AddedTokenFinder(
        special.values.sorted().map { AddedToken(content: tokens[Int($0)], id: $0, isSpecial: true) }),
      normalizedTokens: AddedTokenFinder([]),
      model: .wordPiece(
        WordPieceModel(
          starts: lists.starts, continuations: lists.continuations, unknown: unknown, longestWord: 100)),
      settings: try configuration.settings(ids: ids, count: tokens.count, frame: frame, known: known),
      origin: TokenizerOrigin())
  }
}
