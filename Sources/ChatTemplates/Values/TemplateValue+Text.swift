import Checkpoints

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
      var entries = TemplateDictionary()
      for (key, value) in members.elements { entries[key] = TemplateValue(value) }
      self = .dictionary(entries)
    }
  }

  /// Python's `str()`: what `{{ value }}` writes.
  var printed: String {
    switch self {
    case .undefined: ""
    case .string(let text): text
    default: represented
    }
  }

  /// Python's `repr()`: how values look inside lists.
  var represented: String {
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .integer(let value): return "\(value)"
    case .float(let value): return PythonText.float(value)
    case .string(let text): return PythonText.quoted(text)
    case .list(let values): return "[" + values.map(\.represented).joined(separator: ", ") + "]"
    case .tuple(let values):
      return "(" + values.map(\.represented).joined(separator: ", ") + (values.count == 1 ? ",)" : ")")
    case .dictionary(let entries):
      return "{" + entries.entries.map { "\($0.key.represented): \($0.value.represented)" }.joined(separator: ", ")
        + "}"
    case .namespace(let space): return "<Namespace \(TemplateValue.dictionary(space.attributes).represented)>"
    case .loop: return "<LoopContext>"
    case .callable: return "<function>"
    }
  }

  /// The text of `json.dumps(value, ensure_ascii=False)`, or nil for a value that JSON has no form for.
  ///
  /// - Parameters:
  ///   - indent: what one level is indented by; nil for everything on one line.
  ///   - separators: what stands between elements, and between a key and its value.
  func json(indent: String?, separators: (item: String, key: String), sorted: Bool, level: Int = 0) -> String? {
    switch self {
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .float(let value): return PythonText.float(value)
    case .string(let text): return PythonText.jsonQuoted(text)
    case .list(let values), .tuple(let values):
      var parts: [String] = []
      for value in values {
        guard let part = value.json(indent: indent, separators: separators, sorted: sorted, level: level + 1) else {
          return nil
        }
        parts.append(part)
      }
      return Self.bracketed(parts, "[", "]", indent: indent, separator: separators.item, level: level)
    case .dictionary(let dictionary):
      var parts: [String] = []
      let entries = dictionary.entries.map { (key: $0.key.jsonKey, value: $0.value) }
      let ordered =
        sorted ? entries.sorted { TemplateValue.string($0.key).isLess(than: .string($1.key)) == true } : entries
      for (key, value) in ordered {
        guard let part = value.json(indent: indent, separators: separators, sorted: sorted, level: level + 1) else {
          return nil
        }
        parts.append(PythonText.jsonQuoted(key) + separators.key + part)
      }
      return Self.bracketed(parts, "{", "}", indent: indent, separator: separators.item, level: level)
    case .undefined, .namespace, .loop, .callable: return nil
    }
  }

  private var jsonKey: String {
    if case .string(let text) = self { return text }
    return json(indent: nil, separators: (", ", ": "), sorted: false) ?? printed
  }

  private static func bracketed(
    _ parts: [String], _ open: String, _ close: String, indent: String?, separator: String, level: Int
  ) -> String {
    guard let indent, !parts.isEmpty else { return open + parts.joined(separator: separator) + close }
    let inner = "\n" + String(repeating: indent, count: level + 1)
    return open + inner + parts.joined(separator: separator + inner) + "\n" + String(repeating: indent, count: level)
      + close
  }
}
