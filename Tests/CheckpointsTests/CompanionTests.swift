import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

/// The files that go with a product's weights.
@Suite struct CompanionTests {
  private func copied(_ files: [String: String]) throws -> [String: String] {
    let folder = try TemporaryFolder()
    try TinyLlama().write(to: folder)
    for (name, text) in files { try folder.write("model/\(name)", text) }
    try folder.write("copy/x", "")
    try HuggingFaceFolder(path: folder.path("model")).copyCompanions(to: folder.path("copy"), elementType: "float16")
    var copies: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("copy")) where name != "x" {
      copies[name] = try String(contentsOfFile: folder.path("copy/\(name)"), encoding: .utf8)
    }
    return copies
  }

  @Test func filesOfTokensAndTemplatesAreCopied() throws {
    let files = [
      "tokenizer_config.json": #"{"chat_template": "K"}"#, "chat_template.jinja": "J", "added_tokens.json": "{}",
      "special_tokens_map.json": "{}",
    ]
    let copies = try copied(files)
    for (name, text) in files { #expect(copies[name] == text, "\(name)") }
  }

  /// Templates in a folder of their own become a list under the key that transformers reads where there are no such files.
  @Test func templatesWithNamesStandInTheConfiguration() throws {
    let copies = try copied([
      "tokenizer_config.json": #"{"chat_template": "K", "eos_token": "</s>"}"#, "chat_template.jinja": "J",
      "additional_chat_templates/tool_use.jinja": "T\n{{ tools }}", "additional_chat_templates/a.jinja": "A",
    ])
    #expect(copies["chat_template.jinja"] == nil)
    let text = try #require(copies["tokenizer_config.json"])
    let config = try #require(JSONValue(Array(text.utf8).span.bytes, path: "").asMembers)
    #expect(config["eos_token"] == .string("</s>"))
    let templates = try #require(config["chat_template"]?.asArray(of: \.asMembers))
    #expect(templates.map { $0["name"]?.asString } == ["default", "a", "tool_use"])
    #expect(templates.map { $0["template"]?.asString } == ["J", "A", "T\n{{ tools }}"])
  }
}
