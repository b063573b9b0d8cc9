extension TemplateInterpreter {
  /// `value | name(arguments)`.
  func apply(
    filter name: String, to value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    switch name {
    case "trim":
      return .string(PythonText.stripped(value.printed, of: arguments.value(0, "chars")?.text))
    case "upper": return .string(value.printed.uppercased())
    case "lower": return .string(value.printed.lowercased())
    case "title": return .string(PythonText.capitalized(value.printed, everyWord: true))
    case "capitalize": return .string(PythonText.capitalized(value.printed, everyWord: false))
    case "string": return .string(value.printed)
    case "safe": return value
    case "escape", "e", "forceescape": return .string(Self.escaped(value.printed))
    case "tojson": return try json(value, arguments, line: line)
    case "default", "d":
      let isMissing = value.isUndefined || (arguments.value(1, "boolean")?.isTrue == true && !value.isTrue)
      return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
    case "replace":
      guard let old = arguments.value(0, "old"), let new = arguments.value(1, "new") else {
        throw failure(line, "replace needs two texts")
      }
      let limit = arguments.value(2, "count")?.integer ?? .max
      return .string(PythonText.replaced(old.printed, by: new.printed, in: value.printed, limit: limit))
    case "indent": return .string(try indented(value.printed, arguments, line: line))
    case "int":
      if let number = value.integer { return .integer(number) }
      if let number = value.number ?? value.text.flatMap({ Double($0) }),
        let whole = Int(exactly: number.rounded(.towardZero))
      {
        return .integer(whole)
      }
      return arguments.value(0, "default") ?? .integer(0)
    case "float":
      return (value.number ?? value.text.flatMap { Double($0) }).map { .float($0) }
        ?? arguments.value(0, "default") ?? .float(0)
    case "abs":
      guard let number = value.number else { throw failure(line, "abs needs a number") }
      return number < 0 ? try arithmetic(.minus, .integer(0), value, line: line) : value
    case "length", "count":
      if case .string(let text) = value { return .integer(text.unicodeScalars.count) }
      return .integer(try elements(of: value, line: line).count)
    case "items":
      if value.isUndefined { return .list([]) }
      return try method("items", of: value, arguments, line: line)
    default:
      return try apply(listFilter: name, to: value, arguments, line: line)
    }
  }

  private static func escaped(_ text: String) -> String {
    let pairs = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;")]
    return pairs.reduce(text) { PythonText.replaced($1.0, by: $1.1, in: $0) }
  }

  /// `tojson` as Hugging Face's library defines it: no escapes for HTML or beyond ASCII.
  private func json(
    _ value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    var indent: String?
    switch arguments.value(1, "indent") ?? arguments.named.first(where: { $0.name == "indent" })?.value {
    case .integer(let count): indent = String(repeating: " ", count: min(max(count, 0), 100))
    case .string(let text): indent = text
    default: break
    }
    if case .integer(let count) = arguments.positional.first {
      indent = String(repeating: " ", count: min(max(count, 0), 100))
    }
    var separators = (item: indent == nil ? ", " : ",", key: ": ")
    if case .tuple(let pair) = arguments.value(2, "separators"), pair.count == 2 {
      separators = (pair[0].printed, pair[1].printed)
    }
    let isSorted = arguments.value(3, "sort_keys")?.isTrue ?? false
    guard let text = value.json(indent: indent, separators: separators, sorted: isSorted) else {
      throw failure(line, "a value of type \(value.typeName) has no form in JSON")
    }
    return .string(text)
  }

  private func indented(_ text: String, _ arguments: TemplateArguments, line: Int) throws(ChatTemplateError) -> String {
    let margin: String
    switch arguments.value(0, "width") ?? .integer(4) {
    case .integer(let width): margin = String(repeating: " ", count: min(max(width, 0), 1000))
    case .string(let text): margin = text
    default: throw failure(line, "indent needs a number or a text")
    }
    let first = arguments.value(1, "first")?.isTrue ?? false
    let blank = arguments.value(2, "blank")?.isTrue ?? false
    let lines = PythonText.split(text, at: "\n", limit: .max)
    return lines.enumerated().map { index, line in
      (index == 0 ? first : blank || !line.isEmpty) ? margin + line : line
    }.joined(separator: "\n")
  }
}
