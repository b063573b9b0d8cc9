/// Parses the statements of a template. Expressions are in an extension.
struct TemplateParser {
  let tokens: [TemplateToken]
  var position = 0
  /// How deep statements and expressions are nested.
  var depth = 0

  /// - Throws: `ChatTemplateError.syntax` at the first line that is not understood.
  static func parse(_ template: String) throws(ChatTemplateError) -> [TemplateNode] {
    var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: template))
    return try parser.body(until: [], of: "the template", line: 1)
  }

  // MARK: - Tokens

  var current: TemplateToken { tokens[position] }

  func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
  func isName(_ name: String) -> Bool { current.kind == .name(name) }

  mutating func take(_ kind: TemplateToken.Kind) -> Bool {
    guard current.kind == kind else { return false }
    position += 1
    return true
  }

  mutating func takeSymbol(_ symbol: String) -> Bool { take(.symbol(symbol)) }
  mutating func takeName(_ name: String) -> Bool { take(.name(name)) }

  func mistake(_ expected: String) -> ChatTemplateError {
    .syntax(line: current.line, reason: "found \(current.summary), expected \(expected)")
  }

  mutating func expect(_ kind: TemplateToken.Kind, _ expected: String) throws(ChatTemplateError) {
    guard take(kind) else { throw mistake(expected) }
  }

  mutating func identifier() throws(ChatTemplateError) -> String {
    guard case .name(let name) = current.kind else { throw mistake("a name") }
    position += 1
    return name
  }

  /// Counts a level of nesting; the caller gives it back. No template of a model comes near the limit.
  mutating func enter() throws(ChatTemplateError) {
    depth += 1
    guard depth <= 200 else { throw .syntax(line: current.line, reason: "nested deeper than 200 levels") }
  }

  // MARK: - Statements

  /// Parses up to a block tag with one of these names, which is taken as far as its name. Nothing may be left open.
  private mutating func body(until ends: Set<String>, of what: String, line: Int) throws(ChatTemplateError)
    -> [TemplateNode]
  {
    try enter()
    defer { depth -= 1 }
    var nodes: [TemplateNode] = []
    while true {
      switch current.kind {
      case .end:
        guard ends.isEmpty else {
          throw .syntax(
            line: line, reason: "\(what) has no \(ends.sorted().map { "\"\($0)\"" }.joined(separator: " or "))")
        }
        return nodes
      case .text(let text):
        nodes.append(.text(text))
        position += 1
      case .variableStart:
        position += 1
        nodes.append(.output(try tuple()))
        try expect(.variableEnd, "\"}}\"")
      case .blockStart:
        position += 1
        if case .name(let name) = current.kind, ends.contains(name) { return nodes }
        nodes.append(try statement())
      default: throw mistake("text or a tag")
      }
    }
  }

  /// Parses a body that ends at one tag.
  private mutating func body(endingAt end: String, of what: String, line: Int) throws(ChatTemplateError)
    -> [TemplateNode]
  {
    let nodes = try body(until: [end], of: what, line: line)
    position += 1
    try expect(.blockEnd, "\"%}\"")
    return nodes
  }

  private mutating func statement() throws(ChatTemplateError) -> TemplateNode {
    let line = current.line
    let name = try identifier()
    switch name {
    case "if": return try conditional(line: line)
    case "for": return try loop(line: line)
    case "set": return try assignment(line: line)
    case "macro": return try macro(line: line)
    case "with": return try with(line: line)
    case "filter":
      let filters = try filters()
      try expect(.blockEnd, "\"%}\"")
      return .filtered(filters, body: try body(endingAt: "endfilter", of: "\"filter\"", line: line), line: line)
    case "generation":
      // It marks what an assistant said, for training; it renders as what it holds.
      try expect(.blockEnd, "\"%}\"")
      return .group(try body(endingAt: "endgeneration", of: "\"generation\"", line: line), variables: [])
    case "break", "continue":
      try expect(.blockEnd, "\"%}\"")
      return name == "break" ? .breakLoop : .continueLoop
    default:
      throw .syntax(
        line: line,
        reason: """
          the tag "\(name)" is not supported; supported: if, for, set, macro, with, filter, raw, generation, break, \
          continue
          """)
    }
  }

  private mutating func conditional(line: Int) throws(ChatTemplateError) -> TemplateNode {
    var branches: [(test: TemplateExpression, body: [TemplateNode])] = []
    while true {
      let test = try tuple()
      try expect(.blockEnd, "\"%}\"")
      branches.append((test, try body(until: ["elif", "else", "endif"], of: "\"if\"", line: line)))
      if takeName("elif") { continue }
      var otherwise: [TemplateNode] = []
      if takeName("else") {
        try expect(.blockEnd, "\"%}\"")
        otherwise = try body(until: ["endif"], of: "\"if\"", line: line)
      }
      position += 1
      try expect(.blockEnd, "\"%}\"")
      return .conditional(branches, otherwise: otherwise)
    }
  }

  private mutating func loop(line: Int) throws(ChatTemplateError) -> TemplateNode {
    let target = try target(withAttributes: false)
    guard takeName("in") else { throw mistake("\"in\"") }
    let sequence = try tuple(withConditional: false)
    let condition = takeName("if") ? try expression() : nil
    if isName("recursive") { throw .syntax(line: line, reason: "recursive loops are not supported") }
    try expect(.blockEnd, "\"%}\"")
    let nodes = try body(until: ["else", "endfor"], of: "\"for\"", line: line)
    var otherwise: [TemplateNode] = []
    if takeName("else") {
      try expect(.blockEnd, "\"%}\"")
      otherwise = try body(until: ["endfor"], of: "\"for\"", line: line)
    }
    position += 1
    try expect(.blockEnd, "\"%}\"")
    return .loop(
      TemplateLoop(
        line: line, target: target, sequence: sequence, condition: condition, body: nodes, otherwise: otherwise))
  }

  private mutating func assignment(line: Int) throws(ChatTemplateError) -> TemplateNode {
    let target = try target(withAttributes: true)
    if takeSymbol("=") {
      let value = try tuple()
      try expect(.blockEnd, "\"%}\"")
      return .assignment(target, value, line: line)
    }
    let filters = takeSymbol("|") ? try filters() : []
    try expect(.blockEnd, "\"=\" or \"%}\"")
    return .capture(target, filters: filters, body: try body(endingAt: "endset", of: "\"set\"", line: line), line: line)
  }

  /// Reads `name|name(arguments)…`, as block tags have them.
  private mutating func filters() throws(ChatTemplateError) -> [(name: String, arguments: TemplateExpression.Arguments)]
  {
    var result: [(name: String, arguments: TemplateExpression.Arguments)] = []
    repeat {
      let name = try identifier()
      result.append((name, isSymbol("(") ? try arguments() : .init()))
    } while takeSymbol("|")
    return result
  }

  private mutating func macro(line: Int) throws(ChatTemplateError) -> TemplateNode {
    let name = try identifier()
    try expect(.symbol("("), "\"(\"")
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    while !isSymbol(")") {
      let parameter = try identifier()
      parameters.append((parameter, takeSymbol("=") ? try expression() : nil))
      guard takeSymbol(",") else { break }
    }
    try expect(.symbol(")"), "\")\"")
    try expect(.blockEnd, "\"%}\"")
    let nodes = try body(endingAt: "endmacro", of: "\"macro\"", line: line)
    return .macro(TemplateMacro(line: line, name: name, parameters: parameters, body: nodes))
  }

  private mutating func with(line: Int) throws(ChatTemplateError) -> TemplateNode {
    var variables: [(name: String, value: TemplateExpression)] = []
    while current.kind != .blockEnd {
      let name = try identifier()
      try expect(.symbol("="), "\"=\"")
      variables.append((name, try expression()))
      guard takeSymbol(",") else { break }
    }
    try expect(.blockEnd, "\"%}\"")
    return .group(try body(endingAt: "endwith", of: "\"with\"", line: line), variables: variables)
  }

  // MARK: - Targets

  private mutating func target(withAttributes: Bool) throws(ChatTemplateError) -> TemplateTarget {
    var targets: [TemplateTarget] = []
    repeat {
      if isName("in") || isSymbol("=") { break }
      if takeSymbol("(") {
        targets.append(try target(withAttributes: false))
        try expect(.symbol(")"), "\")\"")
        continue
      }
      let name = try identifier()
      if withAttributes, takeSymbol(".") {
        return .attribute(name, try identifier())
      }
      targets.append(.name(name))
      guard isSymbol(",") else { break }
    } while takeSymbol(",")
    guard let first = targets.first else { throw mistake("a name") }
    return targets.count == 1 ? first : .tuple(targets)
  }
}
