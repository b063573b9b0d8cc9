extension TemplateInterpreter {
  private static let textMethods: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower", "title",
    "capitalize", "replace", "find", "rfind", "index", "count", "join", "isdigit", "isnumeric", "isalpha", "isalnum",
    "isspace", "isupper", "islower", "removeprefix", "removesuffix", "partition", "rpartition", "format",
  ]
  private static let dictionaryMethods: Set<String> = [
    "items", "keys", "values", "get", "copy", "pop", "clear", "update", "setdefault", "popitem",
  ]
  private static let listMethods: Set<String> = [
    "index", "count", "copy", "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse",
  ]
  private static let tupleMethods: Set<String> = ["index", "count"]
  /// Methods that would change a value. Jinja's sandbox forbids them as well.
  private static let changing: Set<String> = [
    "append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "popitem", "sort", "reverse",
  ]

  /// The names that are methods of a value, so that they hide items of that name.
  static func methods(of value: TemplateValue) -> Set<String> {
    switch value {
    case .string: textMethods
    case .dictionary: dictionaryMethods
    case .list: listMethods
    case .tuple: tupleMethods
    default: []
    }
  }

  func method(
    _ name: String, of value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    switch value {
    case .string(let text): return try textMethod(name, text, arguments, line: line)
    case .loop(let state): return try loopMethod(name, state, arguments, line: line)
    case .dictionary(let entries):
      try budget.build(elements: name == "get" || name == "copy" ? 0 : 3 * entries.count)
      switch name {
      case "items": return .list(entries.entries.map { .tuple([$0.key, $0.value]) })
      case "keys": return .list(entries.entries.map(\.key))
      case "values": return .list(entries.entries.map(\.value))
      case "copy": return value
      case "get":
        guard let key = arguments.value(0, "key") else { throw failure(line, "get needs a key") }
        return try entries.find(key, budget) ?? arguments.value(1, "default") ?? .none
      default: break
      }
    case .list(let values), .tuple(let values):
      switch name {
      case "copy": return value
      case "count":
        guard let wanted = arguments.value(0, "value") else { return .integer(0) }
        var count = 0
        for value in values where try value.equals(wanted, budget) { count += 1 }
        return .integer(count)
      case "index":
        guard let wanted = arguments.value(0, "value"), let place = try values.firstIndex(of: wanted, budget) else {
          throw failure(line, "the list does not hold what index looks for")
        }
        return .integer(place)
      default: break
      }
    default: break
    }
    let reason = Self.changing.contains(name) ? ": templates may not change values" : ""
    throw failure(line, "the method \"\(name)\" of \(value.typeName) is not supported\(reason)")
  }

  private func loopMethod(
    _ name: String, _ state: TemplateLoopState, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    if name == "cycle" {
      guard !arguments.positional.isEmpty else { throw failure(line, "cycle needs values") }
      return arguments.positional[state.index % arguments.positional.count]
    }
    defer { state.last = arguments.positional }
    guard let last = state.last else { return .bool(true) }
    return .bool(!(try TemplateValue.list(last).equals(.list(arguments.positional), budget)))
  }

  // MARK: - Texts

  private func textMethod(
    _ name: String, _ text: String, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    func part(_ index: Int, _ parameter: String) throws(ChatTemplateError) -> String {
      guard let part = arguments.value(index, parameter)?.text else { throw failure(line, "\(name) needs a text") }
      return part
    }
    func searched() throws(ChatTemplateError) -> String {
      let wanted = try part(0, "sub")
      try budget.holdScalars(of: wanted)
      return wanted
    }
    func isEach(_ holds: (Unicode.Scalar) -> Bool) -> TemplateValue {
      .bool(!text.isEmpty && text.unicodeScalars.allSatisfy(holds))
    }
    try budget.holdScalars(of: text)
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = arguments.value(0, "chars")?.text
      try checkSet(characters, for: text)
      return try built(
        PythonText.stripped(text, of: characters, left: name != "rstrip", right: name != "lstrip"))
    case "split", "rsplit": return try split(text, arguments, fromRight: name == "rsplit", line: line)
    case "splitlines":
      try budget.hold(bytes: 16 * text.utf8.count)
      return try listed(PythonText.lines(text, keepingEnds: arguments.value(0, "keepends")?.isTrue ?? false))
    case "startswith", "endswith":
      let wanted = arguments.value(0, "prefix")
      let parts = if case .tuple(let parts) = wanted { parts.compactMap(\.text) } else { [try part(0, "prefix")] }
      let test = name == "startswith" ? PythonText.hasPrefix : PythonText.hasSuffix
      for other in parts {
        try budget.read(bytes: min(other.utf8.count, text.utf8.count))
        if test(text, other) { return .bool(true) }
      }
      return .bool(false)
    case "upper", "lower", "title", "capitalize": return try apply(filter: name, to: .string(text), .init(), line: line)
    case "replace":
      let limit = arguments.value(2, "count")?.integer ?? -1
      return try replaced(try part(0, "old"), by: try part(1, "new"), in: text, limit: limit < 0 ? .max : limit)
    case "find": return .integer(PythonText.find(try searched(), in: text) ?? -1)
    case "index":
      guard let place = PythonText.find(try searched(), in: text) else {
        throw failure(line, "index finds nothing")
      }
      return .integer(place)
    case "rfind":
      let (wanted, all) = (Array(try searched().unicodeScalars), Array(text.unicodeScalars))
      let place = PythonText.places(of: wanted.reversed(), in: all.reversed(), limit: 1).first
      return .integer(place.map { all.count - $0 - wanted.count } ?? -1)
    case "count":
      return .integer(PythonText.count(try searched(), in: text))
    case "join":
      guard let values = arguments.positional.first else { throw failure(line, "join needs a list") }
      return .string(try joined(try elements(of: values, line: line), by: text))
    case "isdigit", "isnumeric": return isEach { $0.properties.numericType != nil }
    case "isalpha": return isEach { $0.properties.generalCategory.isLetter }
    case "isalnum": return isEach { $0.properties.generalCategory.isLetter || $0.properties.numericType != nil }
    case "isspace": return isEach(PythonText.isSpace)
    case "isupper": return .bool(text == text.uppercased() && text != text.lowercased())
    case "islower": return .bool(text == text.lowercased() && text != text.uppercased())
    case "removeprefix":
      let prefix = try part(0, "prefix")
      guard PythonText.hasPrefix(text, prefix) else { return .string(text) }
      return try built(String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
    case "removesuffix":
      let suffix = try part(0, "suffix")
      guard PythonText.hasSuffix(text, suffix) else { return .string(text) }
      return try built(String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
    case "partition", "rpartition":
      let separator = try part(0, "sep")
      try budget.holdScalars(of: separator)
      try budget.build(bytes: text.utf8.count)
      let parts = PythonText.split(text, at: separator, limit: 1, fromRight: name == "rpartition")
      if parts.count == 2 { return .tuple([.string(parts[0]), .string(separator), .string(parts[1])]) }
      return .tuple(
        name == "partition" ? [.string(text), .string(""), .string("")] : [.string(""), .string(""), .string(text)])
    case "format": return .string(try format(text, arguments, line: line))
    default: throw failure(line, "the method \"\(name)\" of str is not supported")
    }
  }

  /// `str.format` for fields without a format of their own: `{}`, `{0}` and `{name}`.
  private func format(_ text: String, _ arguments: TemplateArguments, line: Int) throws(ChatTemplateError) -> String {
    var writer = TemplateWriter(budget)
    var rest = Array(text.unicodeScalars)[...]
    var count = 0
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        try writer.write(String(scalar))
      } else if scalar == "{" {
        guard let end = rest.firstIndex(of: "}") else { throw failure(line, "format finds no closing brace") }
        let field = PythonText.string(rest[..<end])
        rest = rest[(end + 1)...]
        let value: TemplateValue?
        if field.isEmpty {
          value = count < arguments.positional.count ? arguments.positional[count] : nil
          count += 1
        } else if let place = Int(field) {
          value = arguments.positional.indices.contains(place) ? arguments.positional[place] : nil
        } else {
          value = arguments.named.first { $0.name == field }?.value
        }
        guard let value else { throw failure(line, "format has no value for {\(field)}") }
        try writer.print(value)
      } else {
        try writer.write(String(scalar))
      }
    }
    return writer.text
  }

  private func split(
    _ text: String, _ arguments: TemplateArguments, fromRight: Bool, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    let limit = arguments.value(1, "maxsplit")?.integer ?? -1
    let most = limit < 0 ? Int.max : limit
    guard let separator = arguments.value(0, "sep")?.text else {
      guard !fromRight || most == .max else { throw failure(line, "rsplit with a limit needs a separator") }
      try budget.hold(bytes: 16 * text.utf8.count)
      return try listed(PythonText.words(text, limit: most))
    }
    guard !separator.isEmpty else { throw failure(line, "split needs a separator that is not empty") }
    try budget.holdScalars(of: separator)
    try budget.hold(bytes: 16 * PythonText.count(separator, in: text))
    return try listed(PythonText.split(text, at: separator, limit: most, fromRight: fromRight))
  }

  /// Texts that were made of one, as a list.
  private func listed(_ texts: [String]) throws(ChatTemplateError) -> TemplateValue {
    try budget.build(elements: texts.count)
    try budget.build(bytes: texts.reduce(0) { $0 + $1.utf8.count })
    return .list(texts.map { .string($0) })
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isLetter: Bool {
    switch self {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
