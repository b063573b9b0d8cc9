import Tensors

/// Turns texts into the ids of a model's vocabulary and back.
///
/// It is immutable: any number of threads may encode with it at once.
package struct Tokenizer: Sendable {
  /// The texts of the tokens as the vocabulary writes them, by id.
  let tokens: [[UInt8]]
  let types: [TokenType]
  let normalizers: [TextRewrite]
  let preTokenizer: PreTokenizer
  /// Added tokens that are looked for in the text as it is.
  let rawTokens: AddedTokenFinder
  /// Added tokens that are looked for in the normalized text.
  let normalizedTokens: AddedTokenFinder
  let model: TokenModel
  let settings: TokenizerSettings
  /// What a GGUF file must say to get the same tokenizer.
  let origin: TokenizerOrigin

  /// The number of rows that the vocabulary needs: the largest id plus one. A model's embedding table may have more.
  package var vocabularySize: Int { tokens.count }
  package var bos: Int32? { settings.bos }
  package var eos: Int32? { settings.eos }
  package var unknown: Int32? { settings.unknown }
  package var pad: Int32? { settings.pad }
  package var separator: Int32? { settings.separator }
  /// Whether `encode(_:special: .addAndParse)` puts `bos` before a text.
  package var addsBOS: Bool { bos != nil && settings.opening.first == bos }
  /// Whether it puts `eos` behind it.
  package var addsEOS: Bool { eos != nil && settings.closing.last == eos }
  /// What `encode(_:special: .addAndParse)` puts before a text.
  package var opening: [Int32] { settings.opening }
  /// And behind it.
  package var closing: [Int32] { settings.closing }
  package var chatTemplates: ChatTemplateChoice { settings.templates }
  /// The texts of special tokens by the names that Hugging Face's chat templates know them by, such as `bos_token`.
  package var specialNames: [String: String] {
    let ids = ["bos_token": bos, "eos_token": eos, "unk_token": unknown, "pad_token": pad, "sep_token": separator]
    let texts = ids.compactMapValues { id in id.flatMap { text(of: $0) } }
    guard let names = settings.names else { return texts }
    return names.merging(texts.filter { settings.unnamed.contains($0.key) }) { said, _ in said }
  }
  /// Keys of `tokenizer_config.json` and `generation_config.json` that neither this program nor transformers knows, by file.
  package var unreadKeys: [UnreadKeys] { settings.unreadKeys }

  /// The text of a token as the vocabulary writes it, or nil for an id that is none.
  package func text(of id: Int32) -> String? {
    guard tokens.indices.contains(Int(id)) else { return nil }
    return String(decoding: tokens[Int(id)], as: UTF8.self)
  }

  /// The type of a token, or nil for an id that is none.
  package func type(of id: Int32) -> TokenType? {
    types.indices.contains(Int(id)) ? types[Int(id)] : nil
  }
}

/// How a tokenizer was described where it came from, as far as GGUF metadata repeat it.
struct TokenizerOrigin: Sendable {
  /// The merges in order; empty where the tokenizer ranks by scores.
  var merges: [MergePair] = []
  /// Scores by id, where the file gave them.
  var scores: [Float]?
  /// The cuts of the pre-tokenizer, each as a pattern.
  var patterns: [String] = []
  /// GGUF's name of the pre-tokenizer, where it was given.
  var preTokenizerName: String?
  /// Whether the tokens come from a GGUF file, so that they are already written as such files write them.
  var isGGUF = false
  /// The metadata themselves, for kinds of tokenizers that are described by more than the rest of this.
  var vocabulary: GGUFVocabulary?
  /// Whether a space is put before each text.
  var addsSpacePrefix: Bool?
}

/// The special ids of a tokenizer, and what it puts around texts.
struct TokenizerSettings: Sendable, Equatable {
  var bos: Int32?
  var eos: Int32?
  var unknown: Int32?
  var pad: Int32?
  /// The tokens of BERT's kin: between and behind texts, before them, and in place of what is to be guessed.
  var separator: Int32?
  var classifier: Int32?
  var mask: Int32?
  var opening: [Int32] = []
  var closing: [Int32] = []
  var templates = ChatTemplateChoice()
  /// The texts of special tokens by name, where files name them.
  var names: [String: String]?
  /// Names of which files say nothing, where a class of tokenizers may have tokens of its own for them.
  var unnamed: Set<String> = []
  /// Keys of the configuration that nobody knows, by file.
  var unreadKeys: [UnreadKeys] = []
}
