import Checkpoints
import Foundation
import JSON
import Tensors

extension TokenizerConfiguration {
  /// Reads `chat_template.jinja` and the files of `additional_chat_templates`.
  mutating func readTemplateFiles(_ folder: String) throws(TokenizerError) {
    let main = folder + "/chat_template.jinja"
    if FileManager.default.fileExists(atPath: main) { templateFiles.standard = try TextFile.read(main) }
    let more = folder + "/additional_chat_templates"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: more)) ?? []
    for name in names.sorted() where name.hasSuffix(".jinja") {
      templateFiles.named.append(
        ChatTemplateChoice.Named(name: String(name.dropLast(6)), template: try TextFile.read("\(more)/\(name)")))
    }
  }

  /// The templates that transformers takes: those of files of their own, else those of the key `chat_template`.
  ///
  /// llama.cpp's converter takes the key first.
  func chatTemplates() throws(TokenizerError) -> ChatTemplateChoice {
    if !templateFiles.isEmpty { return templateFiles }
    guard let entry = tokenizer?["chat_template"], !entry.isNull else {
      return ChatTemplateChoice(standard: oldTemplate)
    }
    if let text = entry.asString { return ChatTemplateChoice(standard: text) }
    var templates = ChatTemplateChoice()
    for (name, template) in try namedTemplates(entry) {
      if name == "default" {
        templates.standard = template
      } else {
        templates.named.append(ChatTemplateChoice.Named(name: name, template: template))
      }
    }
    return templates
  }

  /// Several templates: a list of objects with a name and a template, or an object from names to templates.
  private func namedTemplates(_ entry: JSONValue) throws(TokenizerError) -> [(String, String)] {
    var templates: [(String, String)] = []
    var seen: Set<String> = []
    let pairs: [(JSONValue?, JSONValue?)]
    if let members = entry.asMembers {
      pairs = members.elements.map { (.string($0.key), $0.value) }
    } else if let list = entry.asArray, !list.isEmpty {
      pairs = list.map { ($0["name"], $0["template"]) }
    } else {
      throw malformed("chat_template", "expected a text or a list of templates with names, found \(entry.summary)")
    }
    for (index, pair) in pairs.enumerated() {
      guard let name = pair.0?.asString, let template = pair.1?.asString else {
        throw malformed("chat_template[\(index)]", "expected an object with a name and a template, both texts")
      }
      guard seen.insert(name).inserted else {
        throw malformed("chat_template[\(index)]", "found a second template called \"\(name)\"")
      }
      templates.append((name, template))
    }
    return templates
  }
}
