import Checkpoints
import TestSupport
import Testing
import Tokenizers

/// One document that is wrong in one way, and what the message must say.
struct MalformedDocument: Sendable, CustomTestStringConvertible {
  let json: String
  let message: String

  var testDescription: String { "\(message): \(json.prefix(60))" }

  init(_ message: String, _ json: String) {
    self.json = json
    self.message = message
  }

  /// A document around a model of three tokens.
  init(
    _ message: String, parts: String = "", model: String = #""type": "BPE""#,
    vocabulary: String = #"{"a": 0, "b": 1, "ab": 2}"#, merges: String = #"["a b"]"#
  ) {
    self.init(message, "{\(parts) \"model\": {\(model), \"vocab\": \(vocabulary), \"merges\": \(merges)}}")
  }

  static let all: [MalformedDocument] = [
    .init("found the end of the text", ""), .init("expected a JSON value", "{\"model\": }"),
    .init("expected an object, found an array", "[]"), .init("model.type: expected a text, found nothing", "{}"),
    .init("model.type: expected a text, found 3", #"{"model": {"type": 3}}"#),
    .init("found \"WordLevel\" in model.type", #"{"model": {"type": "WordLevel"}}"#),
    .init("model.vocab: expected an object", #"{"model": {"type": "BPE"}}"#),
    .init("the vocabulary is empty", vocabulary: "{}"),
    .init("the key \"a\" a second time", vocabulary: #"{"a": 0, "a": 1}"#),
    .init("\"a\" and \"b\" have the same id 0", vocabulary: #"{"a": 0, "b": 0, "ab": 1}"#),
    .init("the id of \"b\" is -1", vocabulary: #"{"a": 0, "b": -1}"#),
    .init("the id of \"b\" is 1.5", vocabulary: #"{"a": 0, "b": 1.5}"#),
    .init("the id of \"b\" is 99999999999", vocabulary: #"{"a": 0, "b": 99999999999}"#),
    .init("the id of \"b\" is null", vocabulary: #"{"a": 0, "b": null}"#),
    .init("model.merges: expected a list", merges: "{}"),
    .init("model.merges[1]: \"c\" is no token", merges: #"["a b", "a c"]"#),
    .init("model.merges[0]: \"ba\" is no token", merges: #"["b a"]"#),
    .init("model.merges[0]: expected two tokens", merges: #"["ab"]"#),
    .init("model.merges[0]: expected two tokens", merges: #"["a b c"]"#),
    .init("model.merges[0]: expected two tokens", merges: #"[["a"]]"#),
    .init("model.merges[0]: expected two tokens", merges: #"[["a", 1]]"#),
    .init("model.merges[0]: expected two tokens", merges: "[7]"),
    .init("model.unk_token: \"?\" is no token", model: #""type": "BPE", "unk_token": "?""#),
    .init("the vocabulary lacks some of the tokens <0x00>", model: #""type": "BPE", "byte_fallback": true"#),
    .init("model.byte_fallback: expected true or false", model: #""type": "BPE", "byte_fallback": 1"#),
    .init("found \"@@\" in model.continuing_subword", model: #""type": "BPE", "continuing_subword_prefix": "@@""#),
    .init("found \"</w>\" in model.end_of_word_suffix", model: #""type": "BPE", "end_of_word_suffix": "</w>""#),
    .init("found 0.1 in model.dropout", model: #""type": "BPE", "dropout": 0.1"#),
    .init("added_tokens: expected a list", parts: #""added_tokens": {},"#),
    .init("added_tokens[0].content: expected a text", parts: #""added_tokens": [{"id": 3}],"#),
    .init("an added token has no text", parts: #""added_tokens": [{"id": 3, "content": ""}],"#),
    .init("the id of \"x\" is null", parts: #""added_tokens": [{"content": "x"}],"#),
    .init("\"b\" and \"x\" have the same id 1", parts: #""added_tokens": [{"id": 1, "content": "x"}],"#),
    .init("has the id 5 here and 0", parts: #""added_tokens": [{"id": 5, "content": "a"}],"#),
    .init("added_tokens[0].lstrip: expected", parts: #""added_tokens": [{"id": 3, "content": "x", "lstrip": "no"}],"#),
    .init("found \"Upper\" in normalizer.type", parts: #""normalizer": {"type": "Upper"},"#),
    .init("normalizer.normalizers[0].type", parts: #""normalizer": {"type": "Sequence", "normalizers": [{}]},"#),
    .init("normalizer.prepend: expected a text", parts: #""normalizer": {"type": "Prepend"},"#),
    .init("expected an object with a String or a Regex", parts: #""normalizer": {"type": "Replace", "content": ""},"#),
    .init(
      "is not understood at position 0",
      parts: #""normalizer": {"type": "Replace", "pattern": {"Regex": "\\p{X}"}, "content": ""},"#),
    .init("found \"UnicodeScripts\" in pre_tokenizer[0]", parts: #""pre_tokenizer": {"type": "UnicodeScripts"},"#),
    .init(
      "found \"Sideways\" in pre_tokenizer[0].behavior",
      parts: #""pre_tokenizer": {"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"},"#),
    .init("the text to look for is empty", parts: #""pre_tokenizer": {"type": "Split", "pattern": {"String": ""}},"#),
    .init(
      "Metaspace as the first",
      parts:
        #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "Metaspace"}]},"#),
    .init(
      "false after another pre-tokenizer",
      parts:
        #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "ByteLevel"}]},"#),
    .init("found \"Fancy\" in post_processor.type", parts: #""post_processor": {"type": "Fancy"},"#),
    .init("post_processor.single: expected a list", parts: #""post_processor": {"type": "TemplateProcessing"},"#),
    .init("the text does not occur", parts: #""post_processor": {"type": "TemplateProcessing", "single": []},"#),
    .init(
      "there is no entry with ids for \"z\"",
      parts: #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "z"}}]},"#),
    .init(
      "9 is no token; expected ids from 0 to 2",
      parts: """
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "z"}}],
        "special_tokens": {"z": {"ids": [9]}}},
        """),
    .init(
      "post_processor.cls: expected a token and its id",
      parts: #""post_processor": {"type": "BertProcessing", "cls": ["a", 7], "sep": ["b", 1]},"#),
  ]
}

@Suite struct MalformedTokenizerTests {
  @Test(arguments: MalformedDocument.all)
  func namesWhatIsWrong(_ document: MalformedDocument) throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(json: Array(document.json.utf8), file: "wrong.json")
    }
    #expect("\(error)".contains(document.message), "\(error)")
    if case .pattern = error { return }
    #expect("\(error)".contains("wrong.json"), "\(error)")
  }

  /// Every prefix of a document is refused, and none crashes.
  @Test func truncatedDocumentsAreRefused() throws {
    let json = Array(TinyBytePairs.json(.bytes, parts: #""pre_tokenizer": {"type": "ByteLevel"}"#).utf8)
    for length in stride(from: 0, to: json.count - 1, by: 37) {
      #expect(throws: TokenizerError.self) { try Tokenizer(json: Array(json[..<length]), file: "cut.json") }
    }
  }

  /// Whatever one flipped byte makes of a document, it is read or refused.
  @Test func flippedBytesNeverCrash() throws {
    let parts = """
      "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex":
      "[^\\\\s\\\\p{L}]{1,3}|(?i:'s|'t)?(?!\\\\S)"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel",
      "add_prefix_space": false}]}, "added_tokens": [{"id": 282, "content": "<e>", "special": true}]
      """
    let json = Array(TinyBytePairs.json(.bytes, parts: parts).utf8)
    var random = SeededRandom(seed: 11)
    var outcomes: [Bool: Int] = [:]
    for round in 0..<400 {
      var changed = json
      // Half of the flips hit the part before the vocabulary, which has the structure.
      let place = Int.random(in: 0..<(round.isMultiple(of: 2) ? json.count : 420), using: &random)
      changed[place] ^= UInt8(1) << UInt8.random(in: 0..<7, using: &random)
      do {
        let tokenizer = try Tokenizer(json: changed, file: "flipped.json")
        _ = try tokenizer.encode("it's <e> 12", special: .addAndParse)
        outcomes[true, default: 0] += 1
      } catch {
        outcomes[false, default: 0] += 1
      }
    }
    #expect(outcomes.count == 2, "\(outcomes)")
  }

  @Test func theFileIsNamedWhenItIsMissing() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: TokenizerError.self) { try Tokenizer.load(folder: folder.url.path) }
    #expect("\(error)".contains(folder.path("tokenizer.json")))
  }
}

/// GGUF vocabularies that are wrong in one way each.
@Suite struct MalformedGGUFVocabularyTests {
  static let byteLevel = GGUFVocabulary(
    model: .gpt2, preTokenizer: "gpt-2", tokens: ["a", "b", "ab", "<e>"], types: [.normal, .normal, .normal, .control],
    merges: ["a b"], bos: 3, eos: 3)
  static let sentencePiece = GGUFVocabulary(
    model: .llama, tokens: ["<unk>", "\u{2581}", "a", "\u{2581}a"], types: [.unknown, .normal, .normal, .normal],
    scores: [0, -2, -3, -1], unknown: 0)

  static let mutations: [(String, @Sendable (inout GGUFVocabulary, inout GGUFVocabulary) -> Void)] = [
    (
      "the vocabulary is empty",
      { bytes, pieces in
        bytes.tokens = []
        pieces.tokens = []
      }
    ),
    (
      "3 types for 4 tokens",
      {
        $0.types.removeLast(); $1.types.removeLast()
      }
    ),
    (
      "is token 0 and token 3",
      {
        $0.tokens[3] = $0.tokens[0]; $1.tokens[3] = $1.tokens[0]
      }
    ),
    (
      "bos_token_id: 4 is no token",
      {
        $0.bos = 4; $1.bos = 4
      }
    ),
    (
      "eos_token_id: -1 is no token",
      {
        $0.eos = -1; $1.eos = -1
      }
    ),
    (
      "unknown_token_id: 9 is no token",
      {
        $0.unknown = 9; $1.unknown = 9
      }
    ),
    (
      "padding_token_id: 9 is no token",
      {
        $0.padding = 9; $1.padding = 9
      }
    ),
    ("missing or empty", { bytes, _ in bytes.merges = [] }),
    ("merges[1]: expected two tokens", { bytes, _ in bytes.merges = ["a b", "ab"] }),
    ("merges[0]: \"c\" is no token", { bytes, _ in bytes.merges = ["a c"] }),
    ("pre-tokenizer \"qwen9\" is not known", { bytes, _ in bytes.preTokenizer = "qwen9" }),
    ("0 scores for 4 tokens", { _, pieces in pieces.scores = nil }),
    ("3 scores for 4 tokens", { _, pieces in pieces.scores?.removeLast() }),
    ("scores[1]: the score is not a number", { _, pieces in pieces.scores?[1] = .nan }),
    ("expected at most 1024", { _, pieces in pieces.tokens[3] = String(repeating: "a", count: 2000) }),
  ]

  @Test(arguments: 0..<mutations.count)
  func namesWhatIsWrong(_ index: Int) throws {
    let (message, mutate) = Self.mutations[index]
    var bytes = Self.byteLevel
    var pieces = Self.sentencePiece
    mutate(&bytes, &pieces)
    let changed = (bytes == Self.byteLevel ? [] : [bytes]) + (pieces == Self.sentencePiece ? [] : [pieces])
    try #require(!changed.isEmpty)
    for vocabulary in changed {
      let error = try #require(throws: TokenizerError.self) { try Tokenizer(vocabulary, file: "wrong.gguf") }
      #expect("\(error)".contains(message), "\(error)")
    }
  }

  @Test func bothAreReadWhereNothingIsWrong() throws {
    #expect(try Tokenizer(Self.byteLevel, file: "t").encode("abba<e>", special: .addAndParse) == [2, 1, 0, 3])
    #expect(try Tokenizer(Self.sentencePiece, file: "t").encode("a aé", special: .addAndParse) == [3, 3, 0])
  }

  @Test func metadataOfAnotherTokenizerAreRefused() throws {
    var metadata = GGUFMetadata(path: "x.gguf")
    #expect(throws: TokenizerError.self) { try GGUFVocabulary(metadata) }
    metadata["tokenizer.ggml.model"] = .string("rwkv")
    metadata["tokenizer.ggml.tokens"] = .strings(["a"])
    let error = try #require(throws: TokenizerError.self) { try GGUFVocabulary(metadata) }
    #expect("\(error)".contains("rwkv") && "\(error)".contains("gpt2, llama, gemma4, t5, bert"), "\(error)")
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.bos_token_id"] = .string("a")
    #expect(throws: TokenizerError.self) { try GGUFVocabulary(metadata) }
  }
}
