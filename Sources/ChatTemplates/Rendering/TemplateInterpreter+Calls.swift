extension TemplateInterpreter {
  /// The functions that templates find.
  static let globals = ["range", "dict", "namespace", "raise_exception", "strftime_now"]

  func call(_ callee: TemplateValue, _ arguments: TemplateArguments, line: Int) throws(ChatTemplateError)
    -> TemplateValue
  {
    switch callee {
    case .callable(.global(let name)): return try global(name, arguments, line: line)
    case .callable(.method(let value, let name)): return try method(name, of: value, arguments, line: line)
    case .callable(.macro(let macro, let home)): return try call(macro, in: home, arguments, line: line)
    case .undefined(let what): throw failure(line, "\(what), so it cannot be called")
    default: throw failure(line, "a value of type \(callee.typeName) cannot be called")
    }
  }

  private func global(
    _ name: String, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    switch name {
    case "raise_exception":
      guard let message = arguments.value(0, "message") else {
        throw .refused(line: line, message: "no reason is given")
      }
      throw .refused(line: line, message: try budget.printed(message))
    case "range": return try range(arguments, line: line)
    case "strftime_now":
      guard let format = arguments.value(0, "format")?.text else { throw failure(line, "strftime_now needs a format") }
      try budget.hold(bytes: 16 * format.utf8.count)
      return try built(try TemplateDate.formatted(format) { failure(line, $0) })
    case "dict", "namespace":
      var entries = TemplateDictionary()
      if case .dictionary(let given) = arguments.positional.first { entries = given }
      for (key, value) in arguments.named {
        try budget.checkDepth(value)
        try entries.set(.string(key), value, budget)
      }
      guard name == "namespace" else { return .dictionary(entries) }
      try budget.checkIsData(.dictionary(entries))
      return .namespace(TemplateNamespace(entries))
    default: throw failure(line, "there is no function \"\(name)\"")
    }
  }

  private func range(_ arguments: TemplateArguments, line: Int) throws(ChatTemplateError) -> TemplateValue {
    var bounds: [Int] = []
    for value in arguments.positional {
      guard let bound = value.integer else { throw failure(line, "range needs whole numbers") }
      bounds.append(bound)
    }
    guard (1...3).contains(bounds.count) else { throw failure(line, "range takes one to three numbers") }
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw failure(line, "range needs a step other than 0") }
    var values: [TemplateValue] = []
    let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    for number in Swift.stride(from: start, to: stop, by: step) {
      // The limit of Jinja's sandbox.
      guard values.count < 100_000 else { throw failure(line, "range has more than 100000 numbers") }
      if values.count % 64 == 0 { try budget.build(elements: 64) }
      values.append(.integer(number))
    }
    return .list(values)
  }
}

/// The day that templates are told it is.
///
/// The same input must give the same text on every day, so this is not today, but the day that Llama 3's templates write
/// where they have no clock.
enum TemplateDate {
  private static let fields: [Unicode.Scalar: String] = [
    "d": "26", "e": "26", "m": "07", "Y": "2024", "y": "24", "b": "Jul", "B": "July", "a": "Fri", "A": "Friday",
    "H": "00", "I": "12", "M": "00", "S": "00", "p": "AM", "j": "208", "F": "2024-07-26", "T": "00:00:00", "%": "%",
  ]

  /// The day in a format of `strftime`.
  static func formatted(
    _ format: String, failure: (String) -> ChatTemplateError
  ) throws(ChatTemplateError) -> String {
    var result = ""
    var isField = false
    for scalar in format.unicodeScalars {
      if isField {
        guard let text = fields[scalar] else { throw failure("strftime_now does not know %\(scalar)") }
        result += text
        isField = false
      } else if scalar == "%" {
        isField = true
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
