import Foundation
import JSON
import Tensors

extension HuggingFaceFolder {
  /// Writes what stands beside the weights into another folder: the configuration, which then tells another element type,
  /// and the files of generation, tokenizer and processors as they are.
  ///
  /// - Parameters:
  ///   - elementType: of the weights that go with it, as transformers calls it: `float16`.
  ///   - additions: more keys of the configuration.
  ///   - textAdditions: those of the model of text, where it is one part of several.
  package func copyCompanions(
    to folder: String, elementType: String, additions: JSONMembers = JSONMembers(),
    textAdditions: JSONMembers = JSONMembers()
  ) throws(CheckpointError) {
    var members = config.members
    // How the original is quantized says nothing about a product.
    for key in QuantizationConfiguration.keys { members.remove(key) }
    // The key's old name is what every reader knows; a file that uses the new one keeps it.
    let keys = ["dtype", "torch_dtype"]
    let present = keys.filter { members[$0] != nil }
    for key in present.isEmpty ? ["torch_dtype"] : present { members.set(key, .string(elementType)) }
    for (key, value) in additions.elements { members.set(key, value) }
    if case .object(var text) = members[Self.textKey] {
      for key in keys where text[key] != nil { text.set(key, .string(elementType)) }
      for (key, value) in textAdditions.elements { text.set(key, value) }
      members.set(Self.textKey, .object(text))
    }
    try AtomicFile.write(JSONText.document(.object(members)), to: "\(folder)/config.json")
    let templates = try templates()
    for name in tokenizerFiles + processorFiles + ["generation_config.json"] {
      guard let source = file(name), templates == nil || !Self.templateFiles.contains(name) else { continue }
      try Self.copy(source, to: "\(folder)/\(name)")
    }
    if let templates { try writeTokenizerConfig(templates, to: folder) }
  }

  /// Under which the model of text stands that is one part of several.
  private static let textKey = "text_config"

  /// The files that `templates` takes the place of.
  private static let templateFiles = ["chat_template.jinja", "tokenizer_config.json"]

  /// The chat templates, where some stand in a folder of their own; nil where none does.
  ///
  /// Products hold no folders. As the key `chat_template` of `tokenizer_config.json`, transformers finds the same templates.
  private func templates() throws(CheckpointError) -> JSONValue? {
    let more = "\(path)/additional_chat_templates"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: more)) ?? []).filter { $0.hasSuffix(".jinja") }
    guard !names.isEmpty else { return nil }
    var files = names.sorted().map { (name: String($0.dropLast(6)), path: "\(more)/\($0)") }
    if let main = file("chat_template.jinja") { files.insert((name: "default", path: main), at: 0) }
    var templates: [JSONValue] = []
    for file in files {
      let mapped = try MappedFile.open(file.path)
      let bytes = mapped.bytes.withUnsafeBytes { Array($0) }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .file(FileError(path: file.path, reason: "cannot read it as UTF-8"))
      }
      var template = JSONMembers()
      template.set("name", .string(file.name))
      template.set("template", .string(text))
      templates.append(.object(template))
    }
    return .array(templates)
  }

  private func writeTokenizerConfig(_ templates: JSONValue, to folder: String) throws(CheckpointError) {
    var members = JSONMembers()
    if let own = file("tokenizer_config.json") { members = try JSONObject(contentsOf: own).members }
    members.set("chat_template", templates)
    try AtomicFile.write(JSONText.document(.object(members)), to: "\(folder)/tokenizer_config.json")
  }

  private static func copy(_ source: String, to path: String) throws(CheckpointError) {
    let file = try MappedFile.open(source)
    try AtomicFile.write(file.bytes, to: path)
  }
}
