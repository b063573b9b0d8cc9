/// A text that grows; every byte of it is charged before it is there.
struct TemplateWriter {
  private(set) var text = ""
  let budget: TemplateBudget

  init(_ budget: TemplateBudget) {
    self.budget = budget
  }

  mutating func write(_ part: String) throws(ChatTemplateError) {
    try budget.build(bytes: part.utf8.count)
    text += part
  }

  // MARK: - As Python writes values

  /// Writes Python's `str()`: what `{{ value }}` shows.
  mutating func print(_ value: TemplateValue) throws(ChatTemplateError) {
    switch value {
    case .undefined: break
    case .string(let text): try write(text)
    default: try represent(value)
    }
  }

  /// Writes Python's `repr()`: how values look inside lists.
  mutating func represent(_ value: TemplateValue) throws(ChatTemplateError) {
    try budget.enter()
    defer { budget.leave() }
    switch value {
    case .undefined: try write("Undefined")
    case .none: try write("None")
    case .bool(let value): try write(value ? "True" : "False")
    case .integer(let value): try write("\(value)")
    case .float(let value): try write(PythonText.float(value))
    case .string(let text):
      try budget.holdScalars(of: text)
      try write(PythonText.quoted(text))
    case .list(let values): try represent(values, "[", "]")
    case .tuple(let values): try represent(values, "(", values.count == 1 ? ",)" : ")")
    case .dictionary(let entries): try represent(entries)
    case .namespace(let space):
      try write("<Namespace ")
      try represent(space.attributes)
      try write(">")
    case .loop: try write("<LoopContext>")
    case .callable: try write("<function>")
    }
  }

  private mutating func represent(
    _ values: [TemplateValue], _ open: String, _ close: String
  ) throws(ChatTemplateError) {
    try write(open)
    for (index, value) in values.enumerated() {
      if index > 0 { try write(", ") }
      try represent(value)
    }
    try write(close)
  }

  private mutating func represent(_ dictionary: TemplateDictionary) throws(ChatTemplateError) {
    try write("{")
    for (index, entry) in dictionary.entries.enumerated() {
      if index > 0 { try write(", ") }
      try represent(entry.key)
      try write(": ")
      try represent(entry.value)
    }
    try write("}")
  }

  // MARK: - JSON

  /// How `json.dumps` is asked to write.
  struct JSONStyle {
    /// What one level is indented by; nil for everything on one line.
    var indent: String?
    var itemSeparator: String
    var keySeparator: String
    var isSorted: Bool
  }

  /// Writes `json.dumps(value, ensure_ascii=False)`.
  mutating func json(_ value: TemplateValue, _ style: JSONStyle, level: Int = 0) throws(ChatTemplateError) {
    try budget.enter()
    defer { budget.leave() }
    switch value {
    case .none: try write("null")
    case .bool(let value): try write(value ? "true" : "false")
    case .integer(let value): try write("\(value)")
    case .float(let value): try write(PythonText.float(value))
    case .string(let text): try quote(text)
    case .list(let values), .tuple(let values):
      try write("[")
      for (index, value) in values.enumerated() {
        try startItem(index, style, level)
        try json(value, style, level: level + 1)
      }
      try end("]", isEmpty: values.isEmpty, style, level)
    case .dictionary(let dictionary):
      try write("{")
      for (index, entry) in try ordered(dictionary, style).enumerated() {
        try startItem(index, style, level)
        try quote(entry.key)
        try write(style.keySeparator)
        try json(entry.value, style, level: level + 1)
      }
      try end("}", isEmpty: dictionary.isEmpty, style, level)
    case .undefined, .namespace, .loop, .callable:
      throw budget.failure("a value of type \(value.typeName) has no form in JSON")
    }
  }

  private mutating func quote(_ text: String) throws(ChatTemplateError) {
    try budget.holdScalars(of: text)
    try write(PythonText.jsonQuoted(text))
  }

  private mutating func startItem(_ index: Int, _ style: JSONStyle, _ level: Int) throws(ChatTemplateError) {
    if index > 0 { try write(style.itemSeparator) }
    try breakLine(style, level + 1)
  }

  private mutating func end(
    _ close: String, isEmpty: Bool, _ style: JSONStyle, _ level: Int
  ) throws(ChatTemplateError) {
    if !isEmpty { try breakLine(style, level) }
    try write(close)
  }

  private mutating func breakLine(_ style: JSONStyle, _ level: Int) throws(ChatTemplateError) {
    guard let indent = style.indent else { return }
    try write("\n")
    for _ in 0..<level { try write(indent) }
  }

  /// The entries in the order in which they are written, with their keys as texts.
  private func ordered(
    _ dictionary: TemplateDictionary, _ style: JSONStyle
  ) throws(ChatTemplateError) -> [(key: String, value: TemplateValue)] {
    try budget.build(elements: 2 * dictionary.count)
    var entries: [(key: String, value: TemplateValue)] = []
    for entry in dictionary.entries {
      if case .string(let text) = entry.key {
        entries.append((text, entry.value))
      } else {
        var writer = TemplateWriter(budget)
        switch entry.key {
        case .none, .bool, .integer, .float: try writer.json(entry.key, style)
        default: try writer.print(entry.key)
        }
        entries.append((writer.text, entry.value))
      }
    }
    guard style.isSorted else { return entries }
    return try budget.sorted(entries) { a, b throws(ChatTemplateError) in
      try TemplateValue.string(a.key).isLess(than: .string(b.key), budget) ?? false
    }
  }
}

extension TemplateBudget {
  /// Python's `str()` of a value.
  func printed(_ value: TemplateValue) throws(ChatTemplateError) -> String {
    if case .string(let text) = value { return text }
    var writer = TemplateWriter(self)
    try writer.print(value)
    return writer.text
  }

  /// Sorts, keeping the order of equals. What a comparison throws ends it.
  func sorted<Element>(
    _ elements: [Element],
    by isLess: (Element, Element) throws(ChatTemplateError) -> Bool
  ) throws(ChatTemplateError) -> [Element] {
    var thrown: ChatTemplateError?
    let result = elements.sorted { a, b in
      guard thrown == nil else { return false }
      do throws(ChatTemplateError) { return try isLess(a, b) } catch {
        thrown = error
        return false
      }
    }
    if let thrown { throw thrown }
    return result
  }
}
