import Checkpoints

extension GGUFVocabulary {
  private static let prefix = "tokenizer.ggml."

  /// Reads the keys of a GGUF file.
  ///
  /// - Throws: `TokenizerError.reading` for a missing key or one of another type, `unsupported` for a model other than
  ///   `gpt2` and `llama`.
  package init(_ metadata: GGUFMetadata) throws(TokenizerError) {
    func read<T>(_ body: () throws(CheckpointError) -> T) throws(TokenizerError) -> T {
      do { return try body() } catch { throw .reading(error) }
    }
    func key(_ name: String) -> String { Self.prefix + name }
    func id(_ name: String) throws(TokenizerError) -> Int32? {
      let value = try read { () throws(CheckpointError) in try metadata.optionalInteger(key(name)) }
      guard let value else { return nil }
      guard let id = Int32(exactly: value) else {
        throw .malformed(file: metadata.path, part: key(name), reason: "\(value) is no token")
      }
      return id
    }
    let name = try read { () throws(CheckpointError) in try metadata.string(key("model")) }
    guard let model = Model(rawValue: name) else {
      let known = Model.allCases.map(\.rawValue).joined(separator: ", ")
      throw .unsupported(file: metadata.path, part: key("model"), found: "\"\(name)\"", supported: known)
    }
    self.model = model
    preTokenizer = try read { () throws(CheckpointError) in try metadata.optionalString(key("pre")) }
    tokens = try read { () throws(CheckpointError) in try metadata.strings(key("tokens")) }
    let numbers = try read { () throws(CheckpointError) in try metadata.optionalIntegers(key("token_type")) }
    // llama.cpp takes the number 0 and numbers it does not know for tokens of no particular type.
    types = numbers?.map { Int32(exactly: $0).flatMap(TokenType.init(rawValue:)) ?? .normal }
      ?? Array(repeating: .normal, count: tokens.count)
    let scores = try read { () throws(CheckpointError) in try metadata.optionalNumbers(key("scores")) }
    self.scores = scores?.map { Float($0) }
    merges = try read { () throws(CheckpointError) in try metadata.optionalStrings(key("merges")) } ?? []
    bos = try id("bos_token_id")
    eos = try id("eos_token_id")
    unknown = try id("unknown_token_id")
    padding = try id("padding_token_id")
    addsBOS = try read { () throws(CheckpointError) in try metadata.optionalBool(key("add_bos_token")) }
    addsEOS = try read { () throws(CheckpointError) in try metadata.optionalBool(key("add_eos_token")) }
    addsSpacePrefix = try read { () throws(CheckpointError) in try metadata.optionalBool(key("add_space_prefix")) }
    chatTemplate = try read { () throws(CheckpointError) in try metadata.optionalString("tokenizer.chat_template") }
  }

  /// The keys and values that a GGUF file gets, in the order of llama.cpp's converter.
  package var metadata: [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = []
    func add(_ name: String, _ value: GGUFValue?) {
      if let value { entries.append((Self.prefix + name, value)) }
    }
    add("model", .string(model.rawValue))
    add("pre", preTokenizer.map { .string($0) })
    add("tokens", .strings(tokens))
    add("scores", scores.map { .array(.float32, $0.map { .float32($0) }) })
    add("token_type", .array(.int32, types.map { .int32($0.rawValue) }))
    add("merges", merges.isEmpty ? nil : .strings(merges))
    for (name, id) in [("bos", bos), ("eos", eos), ("unknown", unknown), ("padding", padding)] {
      add("\(name)_token_id", id.map { .uint32(UInt32($0)) })
    }
    add("add_bos_token", addsBOS.map { .bool($0) })
    add("add_eos_token", addsEOS.map { .bool($0) })
    add("add_space_prefix", addsSpacePrefix.map { .bool($0) })
    if let chatTemplate { entries.append(("tokenizer.chat_template", .string(chatTemplate))) }
    return entries
  }
}
