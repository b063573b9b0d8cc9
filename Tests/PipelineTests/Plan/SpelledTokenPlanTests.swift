import Checkpoints
import Pipeline
import TestSupport
import Testing
import Tokenizers

/// What the plan says of special tokens in corpora, of files beside the vocabulary, and what products have of it.
@Suite struct SpelledTokenPlanTests {
  private static let text = String(repeating: "<|endoftext|>the thing on a hammer ", count: 400)

  private static func project(_ change: (inout TinyPipeline) -> Void) throws -> TinyProject {
    let project = try TinyProject(TinyModel(), TinyPipeline(change))
    try project.folder.write("chat.txt", text)
    try project.folder.write("chat.JSONL", "{\"text\": \"\(text)\"}\n")
    return project
  }

  @Test func thePlanNamesTokensAndCorpus() throws {
    let project = try Self.project {
      $0.calibrate = "{corpus: chat.JSONL, tokens: 1024, context: 32}"
      $0.validate = "{corpora: [heldout.txt, {path: chat.txt, name: chats}], tokens: 256, context: 32}"
    }
    let warnings = try project.plan().warnings.map(\.description).filter { $0.contains("special tokens") }
    #expect(warnings.count == 2)
    #expect(warnings[0].contains("calibrate") || warnings[0].contains("p.yaml:3"), "\(warnings)")
    #expect(warnings[0].contains("chat.JSONL: \"<|endoftext|>\" 400 times; `special: true`"), "\(warnings)")
    #expect(warnings[1].contains("chat.txt: \"<|endoftext|>\" 400 times"), "\(warnings)")
  }

  @Test func withTheSettingTheyAreTokens() throws {
    let project = try Self.project {
      $0.calibrate = "{corpora: [{path: chat.JSONL, special: true}], tokens: 1024, context: 32}"
      $0.validate = "{corpora: [{path: chat.txt, special: true}], tokens: 256, context: 32}"
    }
    let plan = try project.plan()
    #expect(plan.warnings.isEmpty, "\(plan.warnings)")
    #expect(plan.calibration?.tokens.contains(0) == true)
    #expect(plan.validation?.corpora.first?.sequences.tokens.contains(0) == true)
    let without = try project.plan(["calibrate.corpora=[{path: \(project.path("chat.JSONL"))}]"])
    #expect(without.calibration?.tokens.contains(0) == false)
    #expect(plan.spec.resolved["calibrate"]?.description.contains("\"special\": true") == true)
  }

  @Test func theSettingIsTrueOrFalse() throws {
    let project = try Self.project {
      $0.calibrate = "{corpora: [{path: chat.txt, special: 7}], tokens: 1024, context: 32}"
    }
    try project.expectRefusal(saying: ["p.yaml:3:49", "found 7, expected true or false"])
  }

  private static func token(_ content: String, _ flags: String = "") -> String {
    "{\"content\": \"\(content)\", \"special\": true\(flags)}"
  }

  /// A GGUF product has added tokens with their types, and the special ids that name them.
  @Test func productsHaveAddedTokens() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    try project.folder.write(
      "model/tokenizer_config.json",
      """
      {"added_tokens_decoder": {"0": \(Self.token("<|endoftext|>")), "265": \(Self.token("<|im_start|>")),
      "266": \(Self.token("<|im_end|>")), "267": {"content": "<thing>", "special": false}},
      "eos_token": "<|im_end|>", "bos_token": "<|im_start|>", "mask_token": "<mask>"}
      """)
    try project.run()
    let metadata = try GGUFFile(path: project.path("out/tiny.gguf")).metadata
    let vocabulary = try GGUFVocabulary(metadata)
    #expect(
      vocabulary.tokens[264...] == [
        "ing", "<|im_start|>", "<|im_end|>", "<thing>", "<mask>", "[PAD269]", "[PAD270]", "[PAD271]",
      ])
    #expect(
      vocabulary.types[264...] == [.normal, .control, .control, .userDefined, .control, .unused, .unused, .unused])
    #expect([vocabulary.eos, vocabulary.bos, vocabulary.mask] == [266, 265, 268])
  }

  @Test(arguments: [
    (
      #"{"eos_token": "<|im_end|>", "additional_special_tokens": ["<1>", "<2>", "<3>", "<4>", "<5>", "<6>", "<7>", "<8>"]}"#,
      "rows"
    ),
    (
      #"{"eos_token": "<|end|>", "added_tokens_decoder": {"300": {"content": "<|end|>"}}}"#,
      "has the id 300 here and 265"
    ),
    (#"{"eos_token": "<|endoftext|>", "split_special_tokens": true}"#, "split_special_tokens"),
  ])
  func whatDoesNotFitIsRefused(_ config: String, _ words: String) throws {
    let project = try TinyProject()
    try project.folder.write("model/tokenizer_config.json", config)
    let message = try #require(try project.planningError())
    #expect(message.contains(words), "\(message)")
  }

  /// The end of texts must be a row of the model, whatever is made of it.
  @Test func anEndWithoutARowIsNamed() throws {
    let project = try TinyProject()
    let tokens = (0..<7).map { "\"265\($0)\": {\"content\": \"<\($0)>\"}".replacing("265\($0)", with: "\(265 + $0)") }
    try project.folder.write(
      "model/tokenizer_config.json",
      "{\"added_tokens_decoder\": {\(tokens.joined(separator: ", "))}, \"eos_token\": \"<|im_end|>\"}")
    let message = try #require(try project.planningError())
    #expect(message.contains("eos_token: \"<|im_end|>\" is token 272"), "\(message)")
    #expect(message.contains("272 rows"), "\(message)")
  }

  @Test func keysThatNobodyKnowsAreNoted() throws {
    let project = try TinyProject()
    try project.folder.write(
      "model/tokenizer_config.json", #"{"eos_token": "<|endoftext|>", "frobs": 7, "legacy": true}"#)
    let warnings = try project.plan().warnings.map(\.description)
    #expect(warnings.contains { $0.contains("not read") && $0.hasSuffix("know: frobs") }, "\(warnings)")
  }
}
