extension TemplateInterpreter {
  /// The filters that take a list, or what can be looped over.
  func apply(
    listFilter name: String, to value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    switch name {
    case "list": return .list(try elements(of: value, line: line))
    case "first":
      return try elements(of: value, line: line).first ?? .undefined("there is no first item of nothing")
    case "last":
      return try elements(of: value, line: line).last ?? .undefined("there is no last item of nothing")
    case "join":
      var parts = try elements(of: value, line: line)
      if let name = arguments.value(1, "attribute") { parts = try attributes(name, of: parts, line: line) }
      return .string(try joined(parts, by: try arguments.value(0, "d").map(budget.printed) ?? ""))
    case "reverse":
      if case .string(let text) = value {
        try budget.holdScalars(of: text)
        return try built(PythonText.string(text.unicodeScalars.reversed()))
      }
      let values = try elements(of: value, line: line)
      try budget.build(elements: values.count)
      return .list(values.reversed())
    // What is false, such as none, counts as empty for these.
    case "map":
      return .list(value.isTrue ? try mapped(try elements(of: value, line: line), arguments, line: line) : [])
    case "select", "reject", "selectattr", "rejectattr":
      guard value.isTrue else { return .list([]) }
      return .list(try selected(name, try elements(of: value, line: line), arguments, line: line))
    case "sort":
      let isReversed = arguments.value(0, "reverse")?.isTrue ?? false
      let values = try elements(of: value, line: line)
      return .list(
        try sorted(
          values, by: arguments.value(2, "attribute"), reversed: isReversed,
          isCaseSensitive: arguments.value(1, "case_sensitive")?.isTrue ?? false, line: line))
    case "dictsort":
      guard case .dictionary(let entries) = value else { throw failure(line, "dictsort needs a dictionary") }
      let byValue = arguments.value(1, "by")?.text == "value"
      try budget.build(elements: 3 * entries.count)
      return .list(
        try sorted(
          entries.entries.map { .tuple([$0.key, $0.value]) }, by: .integer(byValue ? 1 : 0),
          reversed: arguments.value(2, "reverse")?.isTrue ?? false,
          isCaseSensitive: arguments.value(0, "case_sensitive")?.isTrue ?? false, line: line))
    case "unique":
      let values = try elements(of: value, line: line)
      try budget.build(elements: 2 * values.count)
      var result: [TemplateValue] = []
      var keys: [TemplateValue] = []
      for element in values {
        let key = try folded(element, arguments)
        guard try keys.firstIndex(of: key, budget) == nil else { continue }
        keys.append(key)
        result.append(element)
      }
      return .list(result)
    case "sum":
      var total = arguments.value(1, "start") ?? .integer(0)
      var parts = try elements(of: value, line: line)
      if let name = arguments.value(0, "attribute") { parts = try attributes(name, of: parts, line: line) }
      for part in parts { total = try arithmetic(.plus, total, part, line: line) }
      return total
    case "min", "max":
      var best: TemplateValue?
      for element in try elements(of: value, line: line) {
        guard let other = best else {
          best = element
          continue
        }
        let pair = name == "min" ? (element, other) : (other, element)
        if try compare(.less, pair.0, pair.1, line: line) { best = element }
      }
      return best ?? .undefined("there is no \(name) of nothing")
    default: throw failure(line, "there is no filter \"\(name)\"")
    }
  }

  /// The elements as texts, with a text between them.
  func joined(_ values: [TemplateValue], by separator: String) throws(ChatTemplateError) -> String {
    var writer = TemplateWriter(budget)
    for (index, value) in values.enumerated() {
      if index > 0 { try writer.write(separator) }
      try writer.print(value)
    }
    return writer.text
  }

  private func folded(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    guard let text = value.text, arguments.value(0, "case_sensitive")?.isTrue != true else { return value }
    return try built(text.lowercased())
  }

  /// `element.a.b` of each element, as `attribute=` names it.
  private func attributes(
    _ path: TemplateValue, of elements: [TemplateValue], line: Int
  ) throws(ChatTemplateError) -> [TemplateValue] {
    try budget.build(elements: elements.count)
    var result: [TemplateValue] = []
    for element in elements { result.append(try attribute(path, of: element, line: line)) }
    return result
  }

  private func attribute(_ path: TemplateValue, of element: TemplateValue, line: Int) throws(ChatTemplateError)
    -> TemplateValue
  {
    guard let text = path.text else { return try item(path, of: element, line: line) }
    try budget.hold(bytes: 64 * text.utf8.count)
    var value = element
    for part in PythonText.split(text, at: ".", limit: .max) {
      value = try item(Int(part).map { .integer($0) } ?? .string(part), of: value, line: line)
    }
    return value
  }

  private func mapped(
    _ elements: [TemplateValue], _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> [TemplateValue] {
    if let path = arguments.named.first(where: { $0.name == "attribute" })?.value {
      let fallback = arguments.named.first { $0.name == "default" }?.value
      return try attributes(path, of: elements, line: line).map { $0.isUndefined ? fallback ?? $0 : $0 }
    }
    guard let name = arguments.positional.first?.text else { throw failure(line, "map needs a filter or an attribute") }
    let rest = TemplateArguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
    try budget.build(elements: elements.count)
    var result: [TemplateValue] = []
    for element in elements {
      try budget.enter()
      defer { budget.leave() }
      result.append(try apply(filter: name, to: element, rest, line: line))
    }
    return result
  }

  private func selected(
    _ filter: String, _ elements: [TemplateValue], _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var rest = arguments.positional[...]
    let path = filter.hasSuffix("attr") ? rest.popFirst() : nil
    if filter.hasSuffix("attr"), path == nil { throw failure(line, "\(filter) needs an attribute") }
    let name = rest.popFirst()?.text
    let operands = TemplateArguments(positional: Array(rest))
    try budget.build(elements: elements.count)
    var result: [TemplateValue] = []
    for element in elements {
      let value = if let path { try attribute(path, of: element, line: line) } else { element }
      let holds = if let name { try test(name, value, operands, line: line) } else { value.isTrue }
      if holds == filter.hasPrefix("select") { result.append(element) }
    }
    return result
  }

  private func sorted(
    _ elements: [TemplateValue], by path: TemplateValue?, reversed: Bool, isCaseSensitive: Bool, line: Int
  ) throws(ChatTemplateError) -> [TemplateValue] {
    try budget.build(elements: 4 * elements.count)
    var keyed: [(key: TemplateValue, value: TemplateValue)] = []
    for element in elements {
      var key = if let path { try attribute(path, of: element, line: line) } else { element }
      if !isCaseSensitive, let text = key.text { key = try built(text.lowercased()) }
      keyed.append((key, element))
    }
    for (first, second) in zip(keyed, keyed.dropFirst()) where try first.key.isLess(than: second.key, budget) == nil {
      throw failure(line, "\(first.key.typeName) and \(second.key.typeName) have no order")
    }
    // Python's sort keeps the order of equals, and so does Swift's; reversed too, equals stay as they stood.
    return try budget.sorted(keyed) { a, b throws(ChatTemplateError) in
      try (reversed ? b.key.isLess(than: a.key, budget) : a.key.isLess(than: b.key, budget)) ?? false
    }.map(\.value)
  }
}
