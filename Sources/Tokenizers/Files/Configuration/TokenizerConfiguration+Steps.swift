import Checkpoints

/// What `tokenizer_config.json` says of steps that the vocabulary's own file describes too.
extension TokenizerConfiguration {
  /// Whether another token than the usual one has the usual one's name.
  func renames(_ text: String, in usual: [String: String]) throws(TokenizerError) -> Bool {
    for (name, other) in usual where other == text {
      if let token = try named(name) { return token.content != Array(text.utf8) }
    }
    return false
  }

  /// The normalizer of `vocab.txt`, which says nothing of it.
  func bertNormalizer() throws(TokenizerError) -> BertNormalizer {
    let lowercases = try flag("do_lower_case") ?? true
    return BertNormalizer(
      separatesIdeographs: try flag("tokenize_chinese_chars") ?? true,
      stripsAccents: try flag("strip_accents") ?? lowercases, lowercases: lowercases)
  }

  /// The normalizers of `tokenizer.json` with what the configuration says of BERT's, which transformers' classes put
  /// there instead.
  ///
  /// - Throws: `TokenizerError.malformed` where the file contradicts what those classes do unless they are told otherwise.
  func normalizers(_ normalizers: [TextRewrite]) throws(TokenizerError) -> [TextRewrite] {
    guard !isGeneric, tokenizer != nil else { return normalizers }
    let isBERT = className == "BertTokenizer" || (className == nil && model?["model_type"]?.asString == "bert")
    var result: [TextRewrite] = []
    for rewrite in normalizers {
      guard case .bert(var own) = rewrite else {
        result.append(rewrite)
        continue
      }
      let said = own
      if let flag = try flag("do_lower_case") {
        // Accents follow the case unless something is said of them.
        if own.stripsAccents == own.lowercases { own.stripsAccents = flag }
        own.lowercases = flag
      }
      own.separatesIdeographs = try flag("tokenize_chinese_chars") ?? own.separatesIdeographs
      own.stripsAccents = try flag("strip_accents") ?? own.stripsAccents
      if isBERT, try own != bertNormalizer() {
        throw malformed(
          "do_lower_case",
          "tokenizer.json says lowercase \(said.lowercases), handle_chinese_chars \(said.separatesIdeographs), strip_accents "
            + "\(said.stripsAccents), and transformers' BertTokenizer does otherwise unless do_lower_case, "
            + "tokenize_chinese_chars and strip_accents say the same here")
      }
      result.append(.bert(own))
    }
    return result
  }

  /// Checks that `add_prefix_space` says what `tokenizer.json` does, where the class would obey it.
  func checkPrefix(addsSpace: Bool, isByteLevel: Bool) throws(TokenizerError) {
    guard let flag = try flag("add_prefix_space"), flag != addsSpace, !isGeneric else { return }
    // transformers takes the generic class for byte-level vocabularies that are called Llama's.
    if isByteLevel, className == "LlamaTokenizer" { return }
    throw malformed(
      "add_prefix_space",
      "found \(flag), but by tokenizer.json a space is \(addsSpace ? "" : "not ")put before texts; make them agree")
  }
}
