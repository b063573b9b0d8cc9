import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// The keys that transformers' classes read, as `Fixtures/tokenizer-config-keys.py` lists them.
@Suite struct TokenizerKeyTests {
  private static func listed() throws -> Set<String> {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = folder.appending(path: "Fixtures/tokenizer-config-keys.json").path(percentEncoded: false)
    let document = try #require(JSONValue(contentsOf: path).asMembers)
    var keys = Set(try #require(document["base"]?.asArray(of: \.asString)))
    for (_, parameters) in try #require(document["classes"]?.asMembers).elements {
      keys.formUnion(try #require(parameters.asMembers).elements.map(\.key))
    }
    return keys
  }

  @Test func everyKeyHasATreatment() throws {
    let known = Set(TokenizerKey.all.map(\.name))
    let missing = try Self.listed().subtracting(known)
    #expect(missing.isEmpty, "\(missing.sorted())")
    #expect(try Self.listed().count > 100)
    #expect(known.count == TokenizerKey.all.count, "a key stands in the list twice")
  }

  private static let added = """
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "added_tokens": [{"id": 282, "content": "<s>", "special": true}, {"id": 283, "content": "</s>", "special": true}]
    """
  private static let base = #""bos_token": "<s>", "eos_token": "</s>", "tokenizer_class": "GPT2Tokenizer""#

  private func load(_ key: String, _ value: String) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", TinyBytePairs.json(.bytes, parts: Self.added))
    let base = key == "bos_token" || key == "eos_token" || key == "tokenizer_class" ? "" : Self.base + ", "
    try folder.write("tokenizer_config.json", "{\(base)\"\(key)\": \(value)}")
    return try .load(folder: folder.url.path)
  }

  private static let values = ["null", "true", "false", "7", #""x""#, #"["x"]"#, #"{"x": "y"}"#]

  /// Whatever its value, a key without effect leaves ids as they are.
  @Test(arguments: TokenizerKey.all.filter { if case .withoutEffect = $0.treatment { true } else { false } })
  func keysWithoutEffectHaveNone(_ key: TokenizerKey) throws {
    guard case .withoutEffect(let reason) = key.treatment else { return }
    #expect(!reason.isEmpty)
    let plain = try load("model_max_length", "7").encode("<s>hello</s>", special: .addAndParse)
    for value in Self.values {
      #expect(try load(key.name, value).encode("<s>hello</s>", special: .addAndParse) == plain, "\(value)")
    }
  }

  /// A key that is refused is named, with what it may say.
  @Test(arguments: TokenizerKey.all.filter { if case .refused = $0.treatment { true } else { false } })
  func refusedKeysAreNamed(_ key: TokenizerKey) throws {
    guard case .refused(let neutral, let reason) = key.treatment else { return }
    for value in Self.values {
      let isNeutral = try value == "null" || neutral.contains(JSONValue(Array(value.utf8).span.bytes, path: ""))
      if isNeutral {
        #expect(throws: Never.self) { try load(key.name, value) }
      } else {
        let error = try #require(throws: TokenizerError.self) { try load(key.name, value) }
        #expect(
          "\(error)".contains("tokenizer_config.json: found") && "\(error)".contains("in \(key.name),"), "\(error)")
        #expect("\(error)".contains(reason), "\(error)")
      }
    }
    for value in neutral {
      let text = JSONText.document(value)
      #expect(throws: Never.self) { try load(key.name, text) }
    }
  }

  /// A key that is read makes a difference, or an error, for some value.
  @Test(arguments: TokenizerKey.all.filter { if case .read = $0.treatment { true } else { false } })
  func keysThatAreReadMatter(_ key: TokenizerKey) throws {
    let plain = try load("model_max_length", "7")
    // What BERT's normalizer does is asked of vocabularies that have one.
    let bert = ["do_lower_case", "strip_accents", "tokenize_chinese_chars"].contains(key.name)
    let matters = Self.values.contains { value in
      guard let tokenizer = try? bert ? words(key.name, value) : load(key.name, value) else { return true }
      return tokenizer.vocabularySize != plain.vocabularySize || tokenizer.chatTemplates != plain.chatTemplates
        || tokenizer.specialNames != plain.specialNames || tokenizer.opening != plain.opening
        || tokenizer.closing != plain.closing
    }
    // The class alone says nothing of a tokenizer that says it all itself.
    #expect(matters || key.name == "tokenizer_class", "\(key.name)")
  }

  private func words(_ key: String, _ value: String) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nA\n")
    try folder.write("tokenizer_config.json", "{\"\(key)\": \(value)}")
    return try .load(folder: folder.url.path)
  }

  /// Classes that put their own normalizer in the place of the file's.
  @Test(arguments: [
    (#"{"do_lower_case": false}"#, "aA" as String?), (#"{"do_lower_case": true}"#, "aa"), ("{}", "aa"),
    (#"{"do_lower_case": false, "tokenizer_class": "DistilBertTokenizer"}"#, "aA"),
    (#"{"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"}"#, "aa"),
    (#"{"do_lower_case": false, "tokenizer_class": "BertTokenizer"}"#, "aA"),
    (#"{"strip_accents": false, "tokenizer_class": "BertTokenizer"}"#, "aa"),
  ])
  func normalizersOfBERT(_ config: String, _ expected: String?) throws {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", Self.bert(lowercases: true))
    try folder.write("tokenizer_config.json", config)
    let tokenizer = try Tokenizer.load(folder: folder.url.path)
    #expect(try tokenizer.decode(tokenizer.encode("a A", special: .none)).filter { $0 != " " } == expected)
  }

  @Test func aFileThatKeepsCaseMustSaySoTwice() throws {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", Self.bert(lowercases: false))
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer"}"#)
    let error = try #require(throws: TokenizerError.self) { try Tokenizer.load(folder: folder.url.path) }
    #expect("\(error)".contains("do_lower_case"), "\(error)")
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer", "do_lower_case": false}"#)
    #expect(throws: Never.self) { try Tokenizer.load(folder: folder.url.path) }
  }

  private static func bert(lowercases: Bool) -> String {
    """
    {"normalizer": {"type": "BertNormalizer", "lowercase": \(lowercases)}, "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "A": 2}}}
    """
  }

  /// A space before texts is where tokenizer.json puts one.
  @Test(arguments: [
    (#""tokenizer_class": "GPT2Tokenizer""#, true), (#""tokenizer_class": "Qwen2TokenizerFast""#, true),
    (#""tokenizer_class": "PreTrainedTokenizerFast""#, false), (#""tokenizer_class": "LlamaTokenizerFast""#, false),
  ])
  func aSpaceThatTheFileDoesNotPut(_ name: String, _ isRefused: Bool) throws {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", TinyBytePairs.json(.bytes, parts: Self.added))
    try folder.write("tokenizer_config.json", "{\(name), \"add_prefix_space\": true}")
    guard isRefused else {
      #expect(throws: Never.self) { try Tokenizer.load(folder: folder.url.path) }
      return
    }
    let error = try #require(throws: TokenizerError.self) { try Tokenizer.load(folder: folder.url.path) }
    #expect("\(error)".contains("add_prefix_space"), "\(error)")
    try folder.write("tokenizer_config.json", "{\(name), \"add_prefix_space\": false}")
    #expect(throws: Never.self) { try Tokenizer.load(folder: folder.url.path) }
  }
}
