/// Runs a template once.
final class TemplateInterpreter {
  let budget: TemplateBudget
  var scope: TemplateScope
  private var output = ""
  private var callDepth = 0
  /// The scopes that macros were defined in.
  private var homes: [TemplateScope] = []

  private enum Flow { case onward, breakLoop, continueLoop }

  init(scope: TemplateScope, budget: TemplateBudget) {
    self.scope = scope
    self.budget = budget
  }

  deinit {
    for home in homes { home.removeAll() }
  }

  func failure(_ line: Int, _ reason: String) -> ChatTemplateError { .rendering(line: line, reason: reason) }

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

  private func write(_ text: String) throws(ChatTemplateError) {
    try budget.build(bytes: text.utf8.count)
    output += text
  }

  private func run(_ node: TemplateNode) throws(ChatTemplateError) -> Flow {
    try budget.take()
    try budget.enter()
    defer { budget.leave() }
    switch node {
    case .text(let text): try write(text)
    case .output(let expression): try write(try budget.printed(try evaluate(expression)))
    case .conditional(let branches, let otherwise):
      for (test, body) in branches where try evaluate(test).isTrue { return try run(body) }
      return try run(otherwise)
    case .loop(let loop): try run(loop)
    case .assignment(let target, let expression, let line):
      try assign(try evaluate(expression), to: target, line: line)
    case .capture(let target, let filters, let body, let line):
      try assign(try apply(filters, to: try render(body), line: line), to: target, line: line)
    case .filtered(let filters, let body, let line):
      try write(try budget.printed(try apply(filters, to: try render(body), line: line)))
    case .macro(let macro):
      try budget.build(elements: 2)
      homes.append(scope)
      scope[macro.name] = .callable(.macro(macro, scope))
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
    var values = try elements(of: try evaluate(loop.sequence), line: loop.line)
    if let condition = loop.condition {
      try budget.build(elements: values.count)
      var kept: [TemplateValue] = []
      for value in values {
        scope = TemplateScope(inside: outer)
        try assign(value, to: loop.target, line: loop.line)
        if try evaluate(condition).isTrue { kept.append(value) }
      }
      values = kept
      scope = outer
    }
    guard !values.isEmpty else {
      _ = try run(loop.otherwise)
      return
    }
    let state = TemplateLoopState(values)
    // What `changed` saw may hold the loop itself.
    defer { state.last = nil }
    for (index, value) in values.enumerated() {
      budget.line = loop.line
      try budget.take()
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
      budget.line = line
      try budget.checkIsData(value)
      try space.attributes.set(.string(attribute), value, budget)
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
    case .string(let text):
      try budget.build(elements: text.unicodeScalars.count)
      return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let entries):
      try budget.build(elements: entries.count)
      return entries.entries.map(\.key)
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
