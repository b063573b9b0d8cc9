import Calibration
import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// What transformers makes of lines of a data set, as `Fixtures/chat-messages.py` wrote it down.
struct ChatLine: Sendable, CustomTestStringConvertible {
  let name: String
  let config: String
  let files: [(name: String, content: String)]
  let line: String
  /// nil where transformers refuses the line.
  let expected: String?
  let tokenizer: String

  var testDescription: String { name }

  private struct Broken: Error {}

  static func load() throws -> [ChatLine] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = folder.appending(path: "Fixtures/chat-messages.json").path(percentEncoded: false)
    let document = try #require(JSONValue(contentsOf: path).asMembers)
    let tokenizer = JSONText.document(try #require(document["tokenizer.json"]))
    return try #require(document["cases"]?.asArray).map { entry in
      guard let members = entry.asMembers, let name = members["name"]?.asString, let config = members["config"],
        let files = members["files"]?.asMembers, let line = members["line"]
      else { throw Broken() }
      return ChatLine(
        name: name, config: JSONText.document(config),
        files: files.elements.map { ($0.key, $0.value.asString ?? "") },
        line: JSONText.document(line).filter { $0 != "\n" }, expected: members["expected"]?.asString,
        tokenizer: tokenizer)
    }
  }
}

@Suite struct ChatMessagesTests {
  @Test(arguments: try ChatLine.load())
  func textsAreThoseOfTransformers(_ line: ChatLine) throws {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", line.tokenizer)
    try folder.write("tokenizer_config.json", line.config)
    for file in line.files { try folder.write(file.name, file.content) }
    let tokenizer = try Tokenizer.load(folder: folder.url.path)
    let corpus = Corpus(path: try folder.write("lines.jsonl", line.line), field: "messages")
    guard let expected = line.expected else {
      let error = try #require(throws: CalibrationError.self) { try tokenizer.encode(corpus) }
      #expect("\(error)".contains("no chat template called default; it has"), "\(error)")
      return
    }
    let documents = try tokenizer.encode(corpus)
    #expect(documents.count == 1)
    let text = try tokenizer.decode(documents.flatMap(\.ids), special: .keep)
    #expect(text == expected)
  }

  @Test(arguments: [
    (#""tools": "[]""#, "\"tools\""), (#""tools": ["f"]"#, "\"tools\""), (#""tools": {}"#, "\"tools\""),
    (#""documents": ["d"]"#, "\"documents\""), (#""documents": "d""#, "\"documents\""),
    (#""chat_template_kwargs": []"#, "\"chat_template_kwargs\""),
    (#""chat_template_kwargs": {"tools": []}"#, "\"tools\" in \"chat_template_kwargs\""),
    (#""chat_template_kwargs": {"chat_template": "x"}"#, "no variable"),
    (#""add_generation_prompt": 1"#, "\"add_generation_prompt\""),
  ])
  func membersOfAnotherKindAreNamed(_ member: String, _ words: String) throws {
    let folder = try TemporaryFolder()
    let line = #"{"messages": [{"role": "user", "content": "x"}], \#(member)}"#
    let corpus = Corpus(path: try folder.write("lines.jsonl", "\n" + line), field: "messages")
    let error = try #require(throws: CalibrationError.self) { try corpus.documents() }
    #expect("\(error)".hasPrefix("\(corpus.path):2: ") && "\(error)".contains(words), "\(error)")
  }

  /// GGUF files hold the same templates, under names of their own.
  @Test func namedTemplatesGoThroughGGUF() throws {
    let lines = try ChatLine.load().filter { $0.name.hasPrefix("several: ") && $0.expected != nil }
    #expect(lines.count == 4)
    for line in lines {
      let folder = try TemporaryFolder()
      try folder.write("tokenizer.json", line.tokenizer)
      try folder.write("tokenizer_config.json", line.config)
      let tokenizer = try Tokenizer.load(folder: folder.url.path)
      var metadata = GGUFMetadata(path: "x.gguf")
      for (key, value) in try tokenizer.ggufVocabulary(preTokenizer: "gpt-2").metadata { metadata[key] = value }
      #expect(try metadata.strings("tokenizer.chat_templates") == ["tool_use", "rag"])
      let again = try GGUFVocabulary(metadata).templates
      #expect(again == tokenizer.chatTemplates)
      #expect(again.template(hasTools: true)?.hasPrefix("T") == true)
      #expect(again.template(hasTools: false)?.hasPrefix("D") == true)
    }
  }
}
