/// A tokenizer as GGUF metadata describe it: the keys `tokenizer.ggml.*` and `tokenizer.chat_template`.
package struct GGUFVocabulary: Sendable, Equatable {
  /// `tokenizer.ggml.model`.
  package enum Model: String, Sendable, CaseIterable {
    /// Byte-level byte pairs, merged by rank.
    case gpt2
    /// SentencePiece's byte pairs, merged by score.
    case llama
    /// Byte pairs of characters, merged by rank.
    case gemma4
    /// A unigram model of SentencePiece.
    case t5
    /// Pieces of words.
    case bert
  }

  package var model: Model
  /// `tokenizer.ggml.pre`.
  package var preTokenizer: String?
  /// `tokenizer.ggml.tokens`; byte-level tokens in their printable form.
  package var tokens: [String]
  /// `tokenizer.ggml.token_type`.
  package var types: [TokenType]
  /// `tokenizer.ggml.scores`.
  package var scores: [Float]?
  /// `tokenizer.ggml.merges`: the two tokens with a space between them.
  package var merges: [String]
  /// `tokenizer.ggml.bos_token_id` and so on.
  package var bos: Int32?
  package var eos: Int32?
  package var unknown: Int32?
  package var padding: Int32?
  /// `tokenizer.ggml.seperator_token_id`, in that spelling.
  package var separator: Int32?
  /// `tokenizer.ggml.cls_token_id`.
  package var classifier: Int32?
  /// `tokenizer.ggml.mask_token_id`.
  package var mask: Int32?
  /// `tokenizer.ggml.add_bos_token`; nil where the file leaves it to the model's or pre-tokenizer's habit.
  package var addsBOS: Bool?
  /// `tokenizer.ggml.add_eos_token`.
  package var addsEOS: Bool?
  /// `tokenizer.ggml.add_space_prefix`.
  package var addsSpacePrefix: Bool?
  /// `tokenizer.ggml.remove_extra_whitespaces`.
  package var removesExtraSpaces: Bool?
  /// `tokenizer.ggml.precompiled_charsmap`.
  package var characterMap: [UInt8]?
  /// `tokenizer.ggml.normalizer.lowercase`.
  package var lowercases: Bool?
  /// `tokenizer.ggml.normalizer.strip_accents`.
  package var stripsAccents: Bool?
  /// Whether unknown characters become the tokens of their bytes. No key says so; files of SentencePiece do.
  var usesByteFallback = false
  /// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME` for each name of `tokenizer.chat_templates`.
  package var templates: ChatTemplateChoice

  package init(
    model: Model, preTokenizer: String? = nil, tokens: [String], types: [TokenType], scores: [Float]? = nil,
    merges: [String] = [], bos: Int32? = nil, eos: Int32? = nil, unknown: Int32? = nil, padding: Int32? = nil,
    addsBOS: Bool? = nil, addsEOS: Bool? = nil, addsSpacePrefix: Bool? = nil,
    templates: ChatTemplateChoice = ChatTemplateChoice()
  ) {
    self.model = model
    self.preTokenizer = preTokenizer
    self.tokens = tokens
    self.types = types
    self.scores = scores
    self.merges = merges
    self.bos = bos
    self.eos = eos
    self.unknown = unknown
    self.padding = padding
    self.addsBOS = addsBOS
    self.addsEOS = addsEOS
    self.addsSpacePrefix = addsSpacePrefix
    self.templates = templates
  }

  /// The same vocabulary with unused tokens behind it, as many as the model's embedding table has rows too many.
  ///
  /// - Throws: `TokenizerError.notRepresentable` when the table has fewer rows than there are tokens.
  package func padded(to count: Int) throws(TokenizerError) -> GGUFVocabulary {
    guard count >= tokens.count else {
      throw .notRepresentable(
        reason:
          "the model's vocabulary has \(count) rows, the tokenizer \(tokens.count) tokens; the first without a row is "
          + "\"\(tokens[max(0, count)])\"")
    }
    var result = self
    // The mark of words stands before every token of WordPiece that is not special.
    let mark = model == .bert ? SentencePieceSpace.text : ""
    for id in tokens.count..<count {
      result.tokens.append("\(mark)[PAD\(id)]")
      result.types.append(.unused)
      result.scores?.append(-10_000)
    }
    return result
  }
}
