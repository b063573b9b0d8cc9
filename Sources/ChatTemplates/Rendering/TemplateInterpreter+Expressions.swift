import Foundation

extension TemplateInterpreter {
  func evaluate(_ expression: TemplateExpression) throws(ChatTemplateError) -> TemplateValue {
    let line = expression.line
    budget.line = line
    try budget.take()
    try budget.enter()
    defer { budget.leave() }
    switch expression.kind {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .float(let value): return .float(value)
    case .string(let text): return .string(text)
    case .name(let name): return scope[name] ?? .undefined("\"\(name)\" is not defined")
    case .list(let parts): return .list(try held(parts))
    case .tuple(let parts): return .tuple(try held(parts))
    case .dictionary(let entries):
      var result = TemplateDictionary()
      for entry in entries {
        let key = try evaluate(entry.key)
        let value = try evaluate(entry.value)
        try budget.checkDepth(key)
        try budget.checkDepth(value)
        try result.set(key, value, budget)
      }
      return .dictionary(result)
    case .attribute(let base, let name): return try attribute(name, of: try evaluate(base), line: line)
    case .item(let base, let index): return try item(try evaluate(index), of: try evaluate(base), line: line)
    case .slice(let base, let start, let stop, let step):
      return try slice(try evaluate(base), try bound(start), try bound(stop), try bound(step), line: line)
    case .call(let callee, let arguments):
      return try call(try evaluate(callee), try evaluate(arguments), line: line)
    case .filter(let value, let name, let arguments):
      return try apply(filter: name, to: try evaluate(value), try evaluate(arguments), line: line)
    case .test(let value, let name, let arguments):
      return .bool(try test(name, try evaluate(value), try evaluate(arguments), line: line))
    case .not(let value): return .bool(!(try evaluate(value).isTrue))
    case .and(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? try evaluate(right) : value
    case .or(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? value : try evaluate(right)
    case .negative(let value): return try arithmetic(.minus, .integer(0), try evaluate(value), line: line)
    case .positive(let value): return try arithmetic(.plus, .integer(0), try evaluate(value), line: line)
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, try evaluate(left), try evaluate(right), line: line)
    case .comparison(let first, let rest): return try compare(first, rest)
    case .conditional(let then, let test, let otherwise):
      if try evaluate(test).isTrue { return try evaluate(then) }
      guard let otherwise else { return .undefined("the condition does not hold, and there is no \"else\"") }
      return try evaluate(otherwise)
    }
  }

  /// The elements of a new list.
  private func held(_ parts: [TemplateExpression]) throws(ChatTemplateError) -> [TemplateValue] {
    try budget.build(elements: parts.count)
    let values = try evaluate(parts)
    for value in values { try budget.checkDepth(value) }
    return values
  }

  private func evaluate(_ parts: [TemplateExpression]) throws(ChatTemplateError) -> [TemplateValue] {
    var result: [TemplateValue] = []
    for part in parts { result.append(try evaluate(part)) }
    return result
  }

  func evaluate(_ arguments: TemplateExpression.Arguments) throws(ChatTemplateError) -> TemplateArguments {
    var result = TemplateArguments(positional: try evaluate(arguments.positional))
    for (name, value) in arguments.named { result.named.append((name, try evaluate(value))) }
    return result
  }

  // MARK: - Attributes and items

  /// `value.name`: a method or attribute, or else the item of that name.
  private func attribute(_ name: String, of value: TemplateValue, line: Int) throws(ChatTemplateError) -> TemplateValue
  {
    switch value {
    case .undefined(let what): throw failure(line, "\(what), so it has no \"\(name)\"")
    case .loop(let state): if let found = state.attribute(name) { return found }
    case .namespace(let space): if let found = try space.attributes.find(.string(name), budget) { return found }
    default: break
    }
    if Self.methods(of: value).contains(name) { return .callable(.method(value, name)) }
    if case .dictionary(let entries) = value, let found = try entries.find(.string(name), budget) { return found }
    return .undefined("a value of type \(value.typeName) has no attribute \"\(name)\"")
  }

  /// `value[index]`: the item, or else the method or attribute of that name.
  func item(_ index: TemplateValue, of value: TemplateValue, line: Int) throws(ChatTemplateError) -> TemplateValue {
    switch value {
    case .undefined(let what): throw failure(line, "\(what), so it has no item \(index.brief)")
    case .dictionary(let entries): if let found = try entries.find(index, budget) { return found }
    case .list(let values), .tuple(let values):
      if let place = index.integer { return element(values, place) ?? .undefined("there is no item \(place)") }
    case .string(let text):
      if let place = index.integer {
        try budget.holdScalars(of: text)
        let scalars = Array(text.unicodeScalars)
        let index = place < 0 ? place.addingReportingOverflow(scalars.count).partialValue : place
        guard scalars.indices.contains(index) else { return .undefined("there is no character \(place)") }
        return .string(String(scalars[index]))
      }
    default: break
    }
    guard let name = index.text else { return .undefined("there is no item \(index.brief)") }
    return try attribute(name, of: value, line: line)
  }

  private func element(_ values: [TemplateValue], _ index: Int) -> TemplateValue? {
    let place = index < 0 ? index.addingReportingOverflow(values.count).partialValue : index
    return values.indices.contains(place) ? values[place] : nil
  }

  private func bound(_ expression: TemplateExpression?) throws(ChatTemplateError) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if case .none = value { return nil }
    guard let bound = value.integer else {
      throw failure(expression.line, "a slice needs whole numbers, found \(value.brief)")
    }
    return bound
  }

  private func slice(
    _ value: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    func pick<T>(_ values: [T]) throws(ChatTemplateError) -> [T] {
      let step = step ?? 1
      guard step != 0, step != .min else { throw failure(line, "a slice needs a step other than 0") }
      func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
        let place = bound < 0 ? bound.addingReportingOverflow(values.count).partialValue : bound
        return min(max(place, range.lowerBound), range.upperBound)
      }
      var result: [T] = []
      if step > 0 {
        let first = start.map { clamped($0, 0...values.count) } ?? 0
        let last = stop.map { clamped($0, 0...values.count) } ?? values.count
        for index in Swift.stride(from: first, to: last, by: step) { result.append(values[index]) }
      } else {
        let first = start.map { clamped($0, -1...values.count - 1) } ?? values.count - 1
        let last = stop.map { clamped($0, -1...values.count - 1) } ?? -1
        for index in Swift.stride(from: first, to: last, by: step) { result.append(values[index]) }
      }
      return result
    }
    switch value {
    case .list(let values):
      try budget.build(elements: values.count)
      return .list(try pick(values))
    case .tuple(let values):
      try budget.build(elements: values.count)
      return .tuple(try pick(values))
    case .string(let text):
      try budget.holdScalars(of: text)
      return try built(PythonText.string(try pick(Array(text.unicodeScalars))))
    case .undefined(let what): throw failure(line, "\(what), so no part of it can be taken")
    default: throw failure(line, "a value of type \(value.typeName) has no parts")
    }
  }

  // MARK: - Operators

  func arithmetic(
    _ operation: TemplateExpression.Operator, _ left: TemplateValue, _ right: TemplateValue, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    if operation == .tilde { return .string(try joined(try budget.printed(left), try budget.printed(right))) }
    for value in [left, right] {
      if case .undefined(let what) = value { throw failure(line, what) }
    }
    switch (operation, left, right) {
    case (.plus, .string(let a), .string(let b)): return .string(try joined(a, b))
    case (.plus, .list(let a), .list(let b)):
      try budget.build(elements: a.count + b.count)
      return .list(a + b)
    case (.plus, .tuple(let a), .tuple(let b)):
      try budget.build(elements: a.count + b.count)
      return .tuple(a + b)
    case (.times, .string(let text), _), (.times, _, .string(let text)):
      if let count = left.integer ?? right.integer {
        let size = max(count, 0).multipliedReportingOverflow(by: text.utf8.count)
        guard !size.overflow else { throw failure(line, "the text is too long") }
        try budget.build(bytes: size.partialValue)
        return .string(String(repeating: text, count: max(count, 0)))
      }
    default: break
    }
    if let a = left.integer, let b = right.integer, operation != .divided {
      return try whole(operation, a, b, line: line)
    }
    guard let a = left.number, let b = right.number else {
      throw failure(line, "\"\(operation.rawValue)\" does not work on \(left.typeName) and \(right.typeName)")
    }
    switch operation {
    case .plus: return .float(a + b)
    case .minus: return .float(a - b)
    case .times: return .float(a * b)
    case .power: return .float(Foundation.pow(a, b))
    case .divided, .floorDivided, .modulo, .tilde:
      guard b != 0 else { throw failure(line, "division by zero") }
      if operation == .divided { return .float(a / b) }
      let quotient = (a / b).rounded(.down)
      return .float(operation == .modulo ? a - b * quotient : quotient)
    }
  }

  private func joined(_ a: String, _ b: String) throws(ChatTemplateError) -> String {
    try budget.build(bytes: a.utf8.count + b.utf8.count)
    return a + b
  }

  /// A text that was made out of others, for which there was room.
  func built(_ text: String) throws(ChatTemplateError) -> TemplateValue {
    try budget.build(bytes: text.utf8.count)
    return .string(text)
  }

  private func whole(
    _ operation: TemplateExpression.Operator, _ a: Int, _ b: Int, line: Int
  ) throws(ChatTemplateError) -> TemplateValue {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .plus: result = a.addingReportingOverflow(b)
    case .minus: result = a.subtractingReportingOverflow(b)
    case .times: result = a.multipliedReportingOverflow(by: b)
    case .power:
      let value = Foundation.pow(Double(a), Double(b))
      guard b >= 0 else { return .float(value) }
      guard let exact = Int(exactly: value) else { throw failure(line, "the number is too large") }
      return .integer(exact)
    case .floorDivided, .modulo, .divided, .tilde:
      guard b != 0 else { throw failure(line, "division by zero") }
      let remainder = b == -1 ? 0 : a % b
      // Python rounds down, so that a remainder has the sign of the divisor.
      let shift = remainder != 0 && (remainder < 0) != (b < 0)
      if operation == .modulo { return .integer(shift ? remainder + b : remainder) }
      let quotient = a.dividedReportingOverflow(by: b)
      result = quotient.overflow ? quotient : (quotient.partialValue - (shift ? 1 : 0), false)
    }
    guard !result.overflow else { throw failure(line, "the number is too large") }
    return .integer(result.partialValue)
  }

  private func compare(
    _ first: TemplateExpression, _ rest: [(operation: TemplateExpression.Comparison, value: TemplateExpression)]
  ) throws(ChatTemplateError) -> TemplateValue {
    var left = try evaluate(first)
    for (operation, expression) in rest {
      let right = try evaluate(expression)
      guard try compare(operation, left, right, line: expression.line) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  func compare(
    _ operation: TemplateExpression.Comparison, _ left: TemplateValue, _ right: TemplateValue, line: Int
  ) throws(ChatTemplateError) -> Bool {
    let answer: Bool?
    switch operation {
    case .equal: answer = try left.equals(right, budget)
    case .unequal: answer = !(try left.equals(right, budget))
    case .less: answer = try left.isLess(than: right, budget)
    case .greater: answer = try right.isLess(than: left, budget)
    case .lessOrEqual: answer = try left.equals(right, budget) ? true : try left.isLess(than: right, budget)
    case .greaterOrEqual: answer = try left.equals(right, budget) ? true : try right.isLess(than: left, budget)
    case .isIn: answer = try right.contains(left, budget)
    case .notIn: answer = try right.contains(left, budget).map { !$0 }
    }
    guard let answer else {
      throw failure(line, "\"\(operation.rawValue)\" does not work on \(left.typeName) and \(right.typeName)")
    }
    return answer
  }
}
