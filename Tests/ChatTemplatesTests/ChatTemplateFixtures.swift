import Checkpoints
import Foundation
import JSON
import Testing

/// What PyPI's jinja2 makes of templates, as `Fixtures/chat-templates.py` wrote it down.
struct ChatTemplateFixture: Sendable, CustomTestStringConvertible {
  let name: String
  let template: String
  let variables: [String: JSONValue]
  /// Each conversation with the text that it renders to, or nil where the template refuses it.
  let cases: [(messages: JSONValue, expected: String?)]

  var testDescription: String { name }

  private struct Broken: Error {}

  static func load(_ file: String) throws -> [ChatTemplateFixture] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let document = try JSONValue(contentsOf: folder.appending(path: "Fixtures/\(file)").path(percentEncoded: false))
    return try #require(document.asArray).map { entry in
      guard let members = entry.asMembers, let name = members["name"]?.asString,
        let template = members["template"]?.asString, let variables = members["variables"]?.asMembers,
        let cases = members["cases"]?.asArray
      else { throw Broken() }
      return ChatTemplateFixture(
        name: name, template: template,
        variables: Dictionary(uniqueKeysWithValues: variables.elements.map { ($0.key, $0.value) }),
        cases: try cases.map { entry in
          guard let messages = entry.asMembers?["messages"] else { throw Broken() }
          return (messages, entry.asMembers?["expected"]?.asString)
        })
    }
  }
}
