extension Tokenizer {
  /// The metadata that a tokenizer was made from, with what the files beside them changed.
  func again(_ vocabulary: GGUFVocabulary) throws(TokenizerError) -> GGUFVocabulary {
    guard !vocabulary.usesByteFallback else { throw Self.fallsBackToBytes }
    var result = vocabulary
    result.bos = settings.bos
    result.eos = settings.eos
    result.unknown = vocabulary.unknown ?? settings.unknown
    result.padding = settings.pad
    result.templates = settings.templates
    if result.model != .bert {
      result.separator = settings.separator
      result.classifier = settings.classifier
      result.mask = settings.mask
      try checkFrame()
      nameFrame(in: &result)
    }
    return result
  }

  private static let fallsBackToBytes = TokenizerError.notRepresentable(
    reason: "a unigram model falls back to bytes, and llama.cpp's gives one unknown token instead")

  // MARK: - Unigram

  /// llama.cpp's `t5`: the table of replacements, then spaces, then the whole text at once.
  func unigramVocabulary(_ model: UnigramModel) throws(TokenizerError) -> GGUFVocabulary {
    guard model.byteTokens == nil else { throw Self.fallsBackToBytes }
    try checkFrame()
    var vocabulary = base(.t5)
    vocabulary.scores = origin.scores
    vocabulary.scores?.append(contentsOf: repeatElement(-10_000, count: tokens.count - (origin.scores?.count ?? 0)))
    vocabulary.addsSpacePrefix = origin.addsSpacePrefix ?? false
    vocabulary.removesExtraSpaces = false
    for rewrite in normalizers + preTokenizer.rewrites {
      switch rewrite {
      case .map(let map) where vocabulary.characterMap == nil: vocabulary.characterMap = map.bytes
      case .joinWords: vocabulary.removesExtraSpaces = true
      case .replace(let pattern, _) where pattern.source == " {2,}": vocabulary.removesExtraSpaces = true
      case .replace(let pattern, let bytes) where pattern.source == " " && bytes == SentencePieceSpace.bytes: break
      case .prefix, .prepend, .strip: break
      default:
        throw .notRepresentable(reason: "a unigram model's texts are changed in a way that llama.cpp does not know")
      }
    }
    guard preTokenizer.steps.allSatisfy({ $0.pattern.source == SentencePieceSpace.text }) else {
      throw .notRepresentable(reason: "a unigram model's texts are cut by \(origin.patterns)")
    }
    return vocabulary
  }

  // MARK: - WordPiece

  /// llama.cpp's `bert`: U+2581 marks the start of a word, where BERT's own files mark that a word goes on.
  func wordPieceVocabulary() throws(TokenizerError) -> GGUFVocabulary {
    guard let opening = settings.opening.first, let closing = settings.closing.first, settings.opening.count == 1,
      settings.closing.count == 1
    else { throw .notRepresentable(reason: "llama.cpp puts WordPiece texts between two tokens, and these are not") }
    guard normalizers.count == 1, case .bert(let normalizer) = normalizers[0], normalizer.cleansText,
      normalizer.separatesIdeographs, preTokenizer.steps.map(\.pattern.source) == [#"\s"#, PreTokenizer.punctuation]
    else { throw .notRepresentable(reason: "WordPiece texts are prepared in another way than BERT's") }
    var vocabulary = base(.bert)
    vocabulary.tokens = tokens.indices.map { id in
      let text = tokens[id]
      let isContinuation = text.starts(with: WordPieceMark.prefix)
      switch types[id] {
      case .unused where text.isEmpty: return "[PAD\(id)]"
      case .control: return String(decoding: text, as: UTF8.self)
      default:
        let marked =
          isContinuation ? Array(text.dropFirst(WordPieceMark.prefix.count)) : SentencePieceSpace.bytes + text
        return String(decoding: marked, as: UTF8.self)
      }
    }
    // llama.cpp looks for the opening token under this key only.
    (vocabulary.bos, vocabulary.eos) = (opening, eos)
    vocabulary.separator = closing
    vocabulary.classifier = settings.classifier
    vocabulary.mask = settings.mask
    vocabulary.addsBOS = nil
    vocabulary.addsEOS = nil
    if !normalizer.lowercases { vocabulary.lowercases = false }
    if normalizer.stripsAccents != normalizer.lowercases { vocabulary.stripsAccents = normalizer.stripsAccents }
    return vocabulary
  }
}
