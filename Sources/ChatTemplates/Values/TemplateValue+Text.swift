import JSON

extension TemplateValue {
  /// A value of a JSON document.
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .float(value)
    case .string(let text): self = .string(text)
    case .array(let values): self = .list(values.map { TemplateValue($0) })
    case .object(let members):
      // A document has each key once.
      var entries = TemplateDictionary()
      for (key, value) in members.elements { entries.append(.string(key), TemplateValue(value)) }
      self = .dictionary(entries)
    }
  }

  /// This value in a few words, for messages.
  var brief: String {
    switch self {
    case .string(let text): PythonText.quoted(text.utf8.count <= 60 ? text : "\(text.prefix(40))…")
    case .integer(let value): "\(value)"
    default: "of type \(typeName)"
    }
  }
}
