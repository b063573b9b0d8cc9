extension TemplateParser {
  private func make(_ line: Int, _ kind: TemplateExpression.Kind) -> TemplateExpression {
    TemplateExpression(line: line, kind: kind)
  }

  /// Parses one expression, or several with commas between them, which make a tuple.
  mutating func tuple(withConditional: Bool = true) throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var parts: [TemplateExpression] = []
    var isTuple = false
    while true {
      switch current.kind {
      case .variableEnd, .blockEnd, .symbol(")"): break
      default:
        parts.append(withConditional ? try expression() : try disjunction())
        if takeSymbol(",") {
          isTuple = true
          continue
        }
      }
      break
    }
    if !isTuple, let only = parts.first { return only }
    guard isTuple else { throw mistake("an expression") }
    return make(line, .tuple(parts))
  }

  mutating func expression() throws(ChatTemplateError) -> TemplateExpression {
    try enter()
    defer { depth -= 1 }
    let line = current.line
    var result = try disjunction()
    while takeName("if") {
      let test = try disjunction()
      let otherwise = takeName("else") ? try expression() : nil
      result = make(line, .conditional(then: result, test: test, otherwise: otherwise))
    }
    return result
  }

  private mutating func disjunction() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try conjunction()
    while takeName("or") { left = make(line, .or(left, try conjunction())) }
    return left
  }

  private mutating func conjunction() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try negation()
    while takeName("and") { left = make(line, .and(left, try negation())) }
    return left
  }

  private mutating func negation() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    guard takeName("not") else { return try comparison() }
    try enter()
    defer { depth -= 1 }
    return make(line, .not(try negation()))
  }

  private mutating func comparison() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    let first = try sum()
    var rest: [(operation: TemplateExpression.Comparison, value: TemplateExpression)] = []
    while true {
      if case .symbol(let symbol) = current.kind, let operation = TemplateExpression.Comparison(rawValue: symbol) {
        position += 1
        rest.append((operation, try sum()))
      } else if takeName("in") {
        rest.append((.isIn, try sum()))
      } else if isName("not"), tokens[position + 1].kind == .name("in") {
        position += 2
        rest.append((.notIn, try sum()))
      } else {
        return rest.isEmpty ? first : make(line, .comparison(first, rest))
      }
    }
  }

  // MARK: - Arithmetic

  private mutating func takeOperator(_ symbols: [TemplateExpression.Operator]) -> TemplateExpression.Operator? {
    guard case .symbol(let symbol) = current.kind, let operation = TemplateExpression.Operator(rawValue: symbol),
      symbols.contains(operation)
    else { return nil }
    position += 1
    return operation
  }

  private mutating func sum() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try concatenation()
    while let operation = takeOperator([.plus, .minus]) {
      left = make(line, .arithmetic(operation, left, try concatenation()))
    }
    return left
  }

  private mutating func concatenation() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try product()
    while takeOperator([.tilde]) != nil { left = make(line, .arithmetic(.tilde, left, try product())) }
    return left
  }

  private mutating func product() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try power()
    while let operation = takeOperator([.times, .divided, .floorDivided, .modulo]) {
      left = make(line, .arithmetic(operation, left, try power()))
    }
    return left
  }

  private mutating func power() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    var left = try unary(withFilters: true)
    while takeOperator([.power]) != nil { left = make(line, .arithmetic(.power, left, try unary(withFilters: true))) }
    return left
  }

  private mutating func unary(withFilters: Bool) throws(ChatTemplateError) -> TemplateExpression {
    try enter()
    defer { depth -= 1 }
    let line = current.line
    var result: TemplateExpression
    if takeSymbol("-") {
      result = make(line, .negative(try unary(withFilters: false)))
    } else if takeSymbol("+") {
      result = make(line, .positive(try unary(withFilters: false)))
    } else {
      result = try postfixed(try primary())
    }
    return withFilters ? try filtered(result) : result
  }

  // MARK: - Primaries

  private mutating func primary() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    switch current.kind {
    case .name(let name):
      position += 1
      switch name {
      case "true", "True": return make(line, .bool(true))
      case "false", "False": return make(line, .bool(false))
      case "none", "None": return make(line, .none)
      default: return make(line, .name(name))
      }
    case .string:
      var text = ""
      while case .string(let part) = current.kind {
        text += part
        position += 1
      }
      return make(line, .string(text))
    case .integer(let number):
      position += 1
      return make(line, .integer(number))
    case .float(let number):
      position += 1
      return make(line, .float(number))
    case .symbol("("):
      position += 1
      if takeSymbol(")") { return make(line, .tuple([])) }
      let result = try tuple()
      try expect(.symbol(")"), "\")\"")
      return result
    case .symbol("["):
      position += 1
      var parts: [TemplateExpression] = []
      while !isSymbol("]") {
        parts.append(try expression())
        guard takeSymbol(",") else { break }
      }
      try expect(.symbol("]"), "\"]\"")
      return make(line, .list(parts))
    case .symbol("{"):
      return try dictionary()
    default: throw mistake("an expression")
    }
  }

  private mutating func dictionary() throws(ChatTemplateError) -> TemplateExpression {
    let line = current.line
    position += 1
    var entries: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !isSymbol("}") {
      let key = try expression()
      try expect(.symbol(":"), "\":\"")
      entries.append((key, try expression()))
      guard takeSymbol(",") else { break }
    }
    try expect(.symbol("}"), "\"}\"")
    return make(line, .dictionary(entries))
  }

  // MARK: - What follows a primary

  private mutating func postfixed(_ start: TemplateExpression) throws(ChatTemplateError) -> TemplateExpression {
    var result = start
    while true {
      let line = current.line
      if takeSymbol(".") {
        if case .integer(let index) = current.kind {
          position += 1
          result = make(line, .item(result, make(line, .integer(index))))
        } else {
          result = make(line, .attribute(result, try identifier()))
        }
      } else if takeSymbol("[") {
        result = try subscripted(result, line: line)
      } else if isSymbol("(") {
        result = make(line, .call(result, try arguments()))
      } else {
        return result
      }
    }
  }

  private mutating func subscripted(_ base: TemplateExpression, line: Int) throws(ChatTemplateError)
    -> TemplateExpression
  {
    var parts: [TemplateExpression?] = [nil]
    var isSlice = false
    while !isSymbol("]") {
      if takeSymbol(":") {
        isSlice = true
        parts.append(nil)
      } else {
        guard parts[parts.count - 1] == nil else { throw mistake("\":\" or \"]\"") }
        parts[parts.count - 1] = try expression()
      }
    }
    position += 1
    guard isSlice else {
      guard let index = parts[0] else { throw .syntax(line: line, reason: "found no index between brackets") }
      return make(line, .item(base, index))
    }
    guard parts.count <= 3 else { throw .syntax(line: line, reason: "a slice has at most three parts") }
    return make(line, .slice(base, start: parts[0], stop: parts[1], step: parts.count == 3 ? parts[2] : nil))
  }

  /// Reads arguments in parentheses.
  mutating func arguments() throws(ChatTemplateError) -> TemplateExpression.Arguments {
    try expect(.symbol("("), "\"(\"")
    var result = TemplateExpression.Arguments()
    while !isSymbol(")") {
      if case .name(let name) = current.kind, tokens[position + 1].kind == .symbol("=") {
        position += 2
        result.named.append((name, try expression()))
      } else if isSymbol("*") || isSymbol("**") {
        throw .syntax(line: current.line, reason: "unpacked arguments are not supported")
      } else {
        result.positional.append(try expression())
      }
      guard takeSymbol(",") else { break }
    }
    try expect(.symbol(")"), "\")\"")
    return result
  }

  private mutating func filtered(_ start: TemplateExpression) throws(ChatTemplateError) -> TemplateExpression {
    var result = start
    while true {
      let line = current.line
      if takeSymbol("|") {
        let name = try identifier()
        result = make(line, .filter(result, name: name, isSymbol("(") ? try arguments() : .init()))
      } else if takeName("is") {
        result = try tested(result, line: line)
      } else if isSymbol("(") {
        result = make(line, .call(result, try arguments()))
      } else {
        return result
      }
    }
  }

  private mutating func tested(_ value: TemplateExpression, line: Int) throws(ChatTemplateError) -> TemplateExpression {
    let isNegated = takeName("not")
    let name = try identifier()
    var arguments = TemplateExpression.Arguments()
    if isSymbol("(") {
      arguments = try self.arguments()
    } else if startsOperand {
      arguments.positional = [try postfixed(try primary())]
    }
    let test = make(line, .test(value, name: name, arguments))
    return isNegated ? make(line, .not(test)) : test
  }

  /// Whether what comes next is the operand of a test without parentheses.
  private var startsOperand: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and", "is", "if", "not", "in"].contains(name)
    case .string, .integer, .float, .symbol("["), .symbol("{"): true
    default: false
    }
  }
}
