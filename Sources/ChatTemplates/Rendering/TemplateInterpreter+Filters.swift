extension TemplateInterpreter {
  /// `value | name(arguments)`.
  func apply(
    filter name: String, to value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    switch name {
    case "trim", "upper", "lower", "title", "capitalize", "escape", "e", "forceescape", "replace", "indent", "string":
      return try text(filter: name, try budget.printed(value), arguments, line: line)
    case "safe": return value
    case "tojson": return try json(value, arguments, line: line)
    case "default", "d":
      let isMissing = value.isUndefined || (arguments.value(1, "boolean")?.isTrue == true && !value.isTrue)
      return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
    case "int":
      if let number = value.integer { return .integer(number) }
      if let text = value.text { try budget.read(bytes: text.utf8.count) }
      if let number = value.number ?? value.text.flatMap({ Double($0) }),
        let whole = Int(exactly: number.rounded(.towardZero))
      {
        return .integer(whole)
      }
      return arguments.value(0, "default") ?? .integer(0)
    case "float":
      if let text = value.text { try budget.read(bytes: text.utf8.count) }
      return (value.number ?? value.text.flatMap { Double($0) }).map { .float($0) }
        ?? arguments.value(0, "default") ?? .float(0)
    case "abs":
      guard let number = value.number else { throw failure(line, "abs needs a number") }
      return number < 0 ? try arithmetic(.minus, .integer(0), value, line: line) : value
    case "length", "count":
      if case .string(let text) = value {
        try budget.read(bytes: text.utf8.count)
        return .integer(text.unicodeScalars.count)
      }
      return .integer(try elements(of: value, line: line).count)
    case "items":
      if value.isUndefined { return .list([]) }
      return try method("items", of: value, arguments, line: line)
    default:
      return try apply(listFilter: name, to: value, arguments, line: line)
    }
  }

  /// The filters that make a text of a text.
  private func text(
    filter name: String, _ text: String, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    try budget.holdScalars(of: text)
    switch name {
    case "trim":
      let characters = arguments.value(0, "chars")?.text
      try checkSet(characters, for: text)
      return try built(PythonText.stripped(text, of: characters))
    case "upper": return try built(text.uppercased())
    case "lower": return try built(text.lowercased())
    case "title": return try built(PythonText.capitalized(text, everyWord: true))
    case "capitalize": return try built(PythonText.capitalized(text, everyWord: false))
    case "escape", "e", "forceescape": return try built(Self.escaped(text))
    case "replace":
      guard let old = arguments.value(0, "old"), let new = arguments.value(1, "new") else {
        throw failure(line, "replace needs two texts")
      }
      let limit = arguments.value(2, "count")?.integer ?? .max
      return try replaced(try budget.printed(old), by: try budget.printed(new), in: text, limit: limit)
    case "indent": return .string(try indented(text, arguments, line: line))
    default: return .string(text)
    }
  }

  /// `str.replace`: there must be room for what comes of it before it is made.
  func replaced(
    _ old: String, by new: String, in text: String, limit: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    try budget.holdScalars(of: old)
    let count = PythonText.places(of: Array(old.unicodeScalars), in: Array(text.unicodeScalars), limit: limit).count
    let added = count.multipliedReportingOverflow(by: new.utf8.count)
    guard !added.overflow else { throw budget.failure("the text is too long") }
    try budget.hold(bytes: added.partialValue)
    return try built(PythonText.replaced(old, by: new, in: text, limit: limit))
  }

  /// Charges what stripping by a set of characters may look at.
  func checkSet(_ characters: String?, for text: String) throws(ChatTemplateError) {
    guard let characters else { return }
    let looks = characters.utf8.count.multipliedReportingOverflow(by: text.utf8.count)
    try budget.read(bytes: looks.overflow ? .max / 2 : looks.partialValue)
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
      separators = (try budget.printed(pair[0]), try budget.printed(pair[1]))
    }
    let isSorted = arguments.value(3, "sort_keys")?.isTrue ?? false
    var writer = TemplateWriter(budget)
    try writer.json(
      value,
      .init(indent: indent, itemSeparator: separators.item, keySeparator: separators.key, isSorted: isSorted))
    return .string(writer.text)
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
    try budget.hold(bytes: 16 * PythonText.count("\n", in: text))
    var writer = TemplateWriter(budget)
    for (index, line) in PythonText.split(text, at: "\n", limit: .max).enumerated() {
      if index > 0 { try writer.write("\n") }
      if index == 0 ? first : blank || !line.isEmpty { try writer.write(margin) }
      try writer.write(line)
    }
    return writer.text
  }
}
