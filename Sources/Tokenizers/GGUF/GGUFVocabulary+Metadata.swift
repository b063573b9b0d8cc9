import Checkpoints

extension GGUFVocabulary {
  /// The vocabulary as entries of a GGUF file, in the order in which llama.cpp's converter writes them.
  package var metadata: [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [("tokenizer.ggml.model", .string(model.rawValue))]
    func add(_ key: String, _ value: GGUFValue?) {
      if let value { entries.append((key, value)) }
    }
    add("tokenizer.ggml.pre", preTokenizer.map { .string($0) })
    add("tokenizer.ggml.tokens", .strings(tokens))
    add("tokenizer.ggml.scores", scores.map { .array(.float32, $0.map { .float32($0) }) })
    add("tokenizer.ggml.token_type", .array(.int32, types.map { .int32($0.rawValue) }))
    add("tokenizer.ggml.merges", merges.isEmpty ? nil : .strings(merges))
    if model == .t5 { add("tokenizer.ggml.add_space_prefix", addsSpacePrefix.map { .bool($0) }) }
    add("tokenizer.ggml.remove_extra_whitespaces", removesExtraSpaces.map { .bool($0) })
    add("tokenizer.ggml.precompiled_charsmap", characterMap.map { .array(.uint8, $0.map { .uint8($0) }) })
    for (name, id) in [
      ("bos", bos), ("eos", eos), ("unknown", unknown), ("seperator", separator), ("padding", padding),
      ("cls", classifier), ("mask", mask),
    ] {
      add("tokenizer.ggml.\(name)_token_id", id.map { .uint32(UInt32($0)) })
    }
    add("tokenizer.ggml.add_bos_token", addsBOS.map { .bool($0) })
    add("tokenizer.ggml.add_eos_token", addsEOS.map { .bool($0) })
    if model != .t5 { add("tokenizer.ggml.add_space_prefix", addsSpacePrefix.map { .bool($0) }) }
    add("tokenizer.ggml.normalizer.lowercase", lowercases.map { .bool($0) })
    add("tokenizer.ggml.normalizer.strip_accents", stripsAccents.map { .bool($0) })
    let named = templates.named.map { (name: Self.keyName($0.name), template: $0.template) }
    for template in named { add("tokenizer.chat_template.\(template.name)", .string(template.template)) }
    if !named.isEmpty { add("tokenizer.chat_templates", .strings(named.map(\.name))) }
    add("tokenizer.chat_template", templates.standard.map { .string($0) })
    return entries
  }

  /// A template's name as keys have it: what is no letter or digit becomes an underscore, as gguf-py writes it.
  private static func keyName(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { $0.isASCII && Character($0).isLetter || ("0"..."9").contains($0) ? $0 : "_" }))
  }
}

extension GGUFVocabulary {
  /// Reads the keys of a GGUF file.
  ///
  /// - Throws: `TokenizerError` when a key is missing, of another kind, or names a tokenizer that is not known.
  package init(_ metadata: GGUFMetadata) throws(TokenizerError) {
    do throws(CheckpointError) {
      let name = try metadata.string("tokenizer.ggml.model")
      guard let model = Model(rawValue: name) else {
        let known = Model.allCases.map(\.rawValue).joined(separator: ", ")
        throw metadata.error("tokenizer.ggml.model", expected: "one of: \(known)")
      }
      let tokens = try metadata.strings("tokenizer.ggml.tokens")
      let numbers = try metadata.optionalIntegers("tokenizer.ggml.token_type")
      // llama.cpp takes numbers that it does not know for tokens of no particular type.
      let types = numbers?.map { Int32(exactly: $0).flatMap(TokenType.init(rawValue:)) ?? .normal }
      func id(_ name: String) throws(CheckpointError) -> Int32? {
        guard let number = try metadata.optionalInteger("tokenizer.ggml.\(name)_token_id") else { return nil }
        guard let id = Int32(exactly: number) else {
          throw metadata.error("tokenizer.ggml.\(name)_token_id", expected: "a token's number")
        }
        return id
      }
      self.init(
        model: model, preTokenizer: try metadata.optionalString("tokenizer.ggml.pre"), tokens: tokens,
        types: types ?? [TokenType](repeating: .normal, count: tokens.count),
        scores: try metadata.optionalNumbers("tokenizer.ggml.scores")?.map { Float($0) },
        merges: try metadata.optionalStrings("tokenizer.ggml.merges") ?? [], bos: try id("bos"), eos: try id("eos"),
        unknown: try id("unknown"), padding: try id("padding"),
        addsBOS: try metadata.optionalBool("tokenizer.ggml.add_bos_token"),
        addsEOS: try metadata.optionalBool("tokenizer.ggml.add_eos_token"),
        addsSpacePrefix: try metadata.optionalBool("tokenizer.ggml.add_space_prefix"),
        templates: try Self.templates(metadata))
      separator = try id("seperator")
      classifier = try id("cls")
      mask = try id("mask")
      removesExtraSpaces = try metadata.optionalBool("tokenizer.ggml.remove_extra_whitespaces")
      lowercases = try metadata.optionalBool("tokenizer.ggml.normalizer.lowercase")
      stripsAccents = try metadata.optionalBool("tokenizer.ggml.normalizer.strip_accents")
      let bytes = try metadata.optionalIntegers("tokenizer.ggml.precompiled_charsmap")
      // Some programs store the bytes as signed numbers.
      characterMap = bytes?.map { UInt8(truncatingIfNeeded: $0) }
    } catch {
      throw .reading(error)
    }
  }
}

extension GGUFVocabulary {
  private static func templates(_ metadata: GGUFMetadata) throws(CheckpointError) -> ChatTemplateChoice {
    var templates = ChatTemplateChoice(standard: try metadata.optionalString("tokenizer.chat_template"))
    let prefix = "tokenizer.chat_template."
    for key in metadata.keys where key.hasPrefix(prefix) {
      templates.named.append(
        ChatTemplateChoice.Named(name: String(key.dropFirst(prefix.count)), template: try metadata.string(key)))
    }
    return templates
  }
}
