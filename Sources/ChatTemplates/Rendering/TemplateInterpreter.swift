/// Runs a template once.
final class TemplateInterpreter {
  /// More steps than any conversation needs; it stops templates that loop without end.
  private static let mostSteps = 20_000_000
  /// More bytes than any text of a conversation; it bounds what repetition can build.
  static let longestText = 1 << 28

  /// Deeper than any template nests expressions and macros; it bounds the stack.
  static let deepest = 1000

  var scope: TemplateScope
  private var output = ""
  private var steps = 0
  private var callDepth = 0
  /// How deep the evaluation of expressions is nested, macros included.
  var depth = 0

  private enum Flow { case onward, breakLoop, continueLoop }

  init(scope: TemplateScope) {
    self.scope = scope
  }

  func failure(_ line: Int, _ reason: String) -> ChatTemplateError { .rendering(line: line, reason: reason) }

  func step(_ line: Int) throws(ChatTemplateError) {
    steps += 1
    guard steps <= Self.mostSteps else { throw failure(line, "no end after \(Self.mostSteps) steps") }
  }

  /// What some nodes write, in a scope of their own.
  func render(_ nodes: [TemplateNode]) throws(ChatTemplateError) -> String {
    let outer = (output, scope)
    (output, scope) = ("", TemplateScope(inside: scope))
    defer { (output, scope) = outer }
    _ = try run(nodes)
    return output
  }

  private func run(_ nodes: [TemplateNode]) throws(ChatTemplateError) -> Flow {
    for node in nodes {
      let flow = try run(node)
      guard case .onward = flow else { return flow }
    }
    return .onward
  }

  private func run(_ node: TemplateNode) throws(ChatTemplateError) -> Flow {
    switch node {
    case .text(let text): output += text
    case .output(let expression):
      output += try evaluate(expression).printed
      guard output.utf8.count <= Self.longestText else {
        throw failure(expression.line, "the text is longer than \(Self.longestText) bytes")
      }
    case .conditional(let branches, let otherwise):
      for (test, body) in branches where try evaluate(test).isTrue { return try run(body) }
      return try run(otherwise)
    case .loop(let loop): try run(loop)
    case .assignment(let target, let expression, let line):
      try assign(try evaluate(expression), to: target, line: line)
    case .capture(let target, let filters, let body, let line):
      try assign(try apply(filters, to: try render(body), line: line), to: target, line: line)
    case .filtered(let filters, let body, let line):
      output += try apply(filters, to: try render(body), line: line).printed
    case .macro(let macro): scope[macro.name] = .callable(.macro(macro, scope))
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    case .group(let body, let variables):
      guard !variables.isEmpty else { return try run(body) }
      let outer = scope
      let inner = TemplateScope(inside: outer)
      for (name, value) in variables { inner[name] = try evaluate(value) }
      scope = inner
      defer { scope = outer }
      return try run(body)
    }
    return .onward
  }

  private func run(_ loop: TemplateLoop) throws(ChatTemplateError) {
    let outer = scope
    defer { scope = outer }
    var values: [TemplateValue] = []
    for value in try elements(of: try evaluate(loop.sequence), line: loop.line) {
      if let condition = loop.condition {
        scope = TemplateScope(inside: outer)
        try assign(value, to: loop.target, line: loop.line)
        guard try evaluate(condition).isTrue else { continue }
      }
      values.append(value)
    }
    scope = outer
    guard !values.isEmpty else {
      _ = try run(loop.otherwise)
      return
    }
    let state = TemplateLoopState(values)
    for (index, value) in values.enumerated() {
      try step(loop.line)
      state.index = index
      scope = TemplateScope(inside: outer)
      scope["loop"] = .loop(state)
      try assign(value, to: loop.target, line: loop.line)
      if case .breakLoop = try run(loop.body) { break }
    }
  }

  private func assign(_ value: TemplateValue, to target: TemplateTarget, line: Int) throws(ChatTemplateError) {
    switch target {
    case .name(let name): scope[name] = value
    case .attribute(let name, let attribute):
      guard case .namespace(let space) = scope[name] else {
        throw failure(line, "only attributes of a namespace can be set, and \"\(name)\" is none")
      }
      space.attributes[attribute] = value
    case .tuple(let targets):
      let values = try elements(of: value, line: line)
      guard values.count == targets.count else {
        throw failure(line, "\(values.count) values for \(targets.count) names")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, line: line) }
    }
  }

  private func apply(
    _ filters: [(name: String, arguments: TemplateExpression.Arguments)], to text: String, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    var value = TemplateValue.string(text)
    for (name, arguments) in filters {
      value = try apply(filter: name, to: value, try evaluate(arguments), line: line)
    }
    return value
  }

  // MARK: - Macros

  func call(
    _ macro: TemplateMacro, in home: TemplateScope, _ arguments: TemplateArguments, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    callDepth += 1
    defer { callDepth -= 1 }
    guard callDepth <= 100 else { throw failure(line, "macros call each other more than 100 levels deep") }
    let outer = scope
    defer { scope = outer }
    let inner = TemplateScope(inside: home)
    scope = inner
    guard arguments.positional.count <= macro.parameters.count else {
      throw failure(
        line, "\(macro.name) takes \(macro.parameters.count) arguments, found \(arguments.positional.count)")
    }
    for (index, parameter) in macro.parameters.enumerated() {
      if index < arguments.positional.count {
        inner[parameter.name] = arguments.positional[index]
      } else if let value = arguments.named.first(where: { $0.name == parameter.name })?.value {
        inner[parameter.name] = value
      } else if let fallback = parameter.fallback {
        inner[parameter.name] = try evaluate(fallback)
      } else {
        inner[parameter.name] = .undefined("the parameter \"\(parameter.name)\" was not given")
      }
    }
    return .string(try render(macro.body))
  }

  // MARK: - Sequences

  /// What a loop over a value sees.
  func elements(of value: TemplateValue, line: Int) throws(ChatTemplateError) -> [TemplateValue] {
    switch value {
    case .undefined: return []
    case .list(let values), .tuple(let values): return values
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let entries): return entries.entries.map(\.key)
    default: throw failure(line, "a value of type \(value.typeName) cannot be looped over")
    }
  }
}

/// The arguments of a call, evaluated.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  /// An argument by its place or its name.
  func value(_ index: Int, _ name: String) -> TemplateValue? {
    index < positional.count ? positional[index] : named.first { $0.name == name }?.value
  }
}
