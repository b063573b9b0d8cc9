import TestSupport
import Testing
import Tokenizers

/// What the files beside `tokenizer.json` say.
@Suite struct TokenizerConfigurationTests {
  private static let added = """
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "added_tokens": [{"id": 282, "content": "<s>", "special": true}, {"id": 283, "content": "</s>", "special": true},
    {"id": 284, "content": "<p>", "special": true}]
    """
  private static func template(_ single: String) -> String {
    """
    , "post_processor": {"type": "TemplateProcessing", "single": \(single), "special_tokens":
    {"<s>": {"ids": [282]}, "</s>": {"ids": [283]}}}
    """
  }
  private static let text = #"{"Sequence": {"id": "A"}}"#
  private static let opening = #"{"SpecialToken": {"id": "<s>"}}"#
  private static let closing = #"{"SpecialToken": {"id": "</s>"}}"#

  private func load(_ parts: String, _ files: [String: String]) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", TinyBytePairs.json(.bytes, parts: parts))
    for (name, contents) in files { try folder.write(name, contents) }
    return try .load(folder: folder.url.path)
  }

  @Test func namesOfTokensComeFirst() throws {
    let tokenizer = try load(
      Self.added,
      [
        "tokenizer_config.json": #"{"bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": "{{x}}"}"#,
        "special_tokens_map.json": #"{"eos_token": "</s>", "pad_token": "<p>", "unk_token": null}"#,
        "config.json": #"{"bos_token_id": 1, "pad_token_id": 2, "vocab_size": 300}"#,
      ])
    #expect([tokenizer.bos, tokenizer.eos, tokenizer.pad, tokenizer.unknown] == [282, 283, 284, nil])
    #expect(tokenizer.chatTemplates == ChatTemplateChoice(standard: "{{x}}"))
    #expect(!tokenizer.addsBOS && !tokenizer.addsEOS)
    #expect(tokenizer.vocabularySize == 285)
  }

  @Test func numbersServeWhereNoNameDoes() throws {
    let tokenizer = try load(
      Self.added,
      [
        "config.json": #"{"bos_token_id": 282, "eos_token_id": [283, 284], "pad_token_id": -1}"#,
        "generation_config.json": #"{"bos_token_id": 5, "pad_token_id": 284}"#,
      ])
    #expect([tokenizer.bos, tokenizer.eos, tokenizer.pad] == [282, 283, 284])
  }

  @Test(arguments: [
    // Post-processor, flags, what is expected at both ends.
    (template("[\(opening), \(text)]"), "", true, false),
    (template("[\(opening), \(text), \(closing)]"), "", true, true),
    (template("[\(text)]"), #", "add_bos_token": true"#, true, false), ("", #", "add_eos_token": true"#, false, true),
    (template("[\(opening), \(text)]"), #", "add_bos_token": false"#, true, false), ("", "", false, false),
    (#", "post_processor": {"type": "ByteLevel"}"#, #", "add_bos_token": true"#, false, false),
    ("", #", "tokenizer_class": "LlamaTokenizer""#, true, false),
    ("", #", "tokenizer_class": "LlamaTokenizer", "add_bos_token": false"#, false, false),
    (template("[\(text)]"), #", "tokenizer_class": "LlamaTokenizerFast""#, false, false),
    (
      #", "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 282], "sep": ["</s>", 283]}"#, "", true, true
    ),
  ])
  func saysWhatSurroundsTexts(_ post: String, _ flags: String, _ addsBOS: Bool, _ addsEOS: Bool) throws {
    let tokenizer = try load(
      Self.added + post, ["tokenizer_config.json": "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"\(flags)}"])
    #expect(tokenizer.addsBOS == addsBOS)
    #expect(tokenizer.addsEOS == addsEOS)
    let ids = try tokenizer.encode("a", special: .addAndParse)
    #expect(ids == (addsBOS ? [282] : []) + [97] + (addsEOS ? [283] : []))
    #expect(try tokenizer.encode("a", special: .none) == [97])
  }

  @Test func templatesHaveSeveralPlaces() throws {
    func template(_ files: [String: String]) throws -> String? { try load(Self.added, files).chatTemplates.standard }
    #expect(try template(["chat_template.jinja": "J"]) == "J")
    #expect(try template(["chat_template.json": #"{"chat_template": "K"}"#]) == "K")
    let named = #"{"chat_template": [{"name": "tool", "template": "T"}, {"name": "default", "template": "D"}]}"#
    #expect(try template(["tokenizer_config.json": named]) == "D")
    #expect(try template(["tokenizer_config.json": named, "chat_template.json": #"{"chat_template": "K"}"#]) == "D")
    #expect(try template(["tokenizer_config.json": named, "chat_template.jinja": "J"]) == "J")
  }

  @Test(arguments: [
    ("tokenizer_config.json", "{", "tokenizer_config.json:1"), ("config.json", "[]", "expected an object"),
    ("config.json", #"{"bos_token_id": "x"}"#, "bos_token_id"),
    ("config.json", #"{"eos_token_id": 285}"#, "eos_token_id: 285 is no token"),
    ("config.json", #"{"text_config": {"eos_token_id": [400, 1]}}"#, "text_config.eos_token_id: 400 is no token"),
    ("generation_config.json", #"{"pad_token_id": 9999}"#, "pad_token_id: 9999 is no token"),
    ("tokenizer_config.json", #"{"add_bos_token": "yes"}"#, "add_bos_token"),
    ("tokenizer_config.json", #"{"bos_token": "<s>", "split_special_tokens": true}"#, "split_special_tokens"),
  ])
  func namesTheFileThatIsWrong(_ name: String, _ contents: String, _ message: String) throws {
    let error = try #require(throws: TokenizerError.self) { try load(Self.added, [name: contents]) }
    #expect("\(error)".contains(message) && "\(error)".contains(name), "\(error)")
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
  func realFoldersAreRead() throws {
    let stories = try Tokenizer.load(folder: SharedMaterial.path("models/stories260k"))
    #expect([stories.bos, stories.eos, stories.unknown, stories.pad] == [1, 2, 0, nil])
    #expect(stories.addsBOS && !stories.addsEOS && stories.vocabularySize == 512)
    let wikicode = try Tokenizer.load(folder: SharedMaterial.path("models/wikicode-6m"))
    #expect([wikicode.bos, wikicode.eos, wikicode.unknown, wikicode.pad] == [0, 0, 0, nil])
    #expect(!wikicode.addsBOS && !wikicode.addsEOS && wikicode.vocabularySize == 4096)
  }
}
