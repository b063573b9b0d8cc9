/// Comparisons of Python. Each element and byte that is looked at is charged.
extension TemplateValue {
  /// `==`.
  func equals(_ other: TemplateValue, _ budget: TemplateBudget) throws(ChatTemplateError) -> Bool {
    try budget.take()
    if let a = number, let b = other.number { return a == b }
    switch (self, other) {
    case (.none, .none), (.undefined, .undefined): return true
    case (.string(let a), .string(let b)):
      guard a.utf8.count == b.utf8.count else { return false }
      try budget.read(bytes: a.utf8.count)
      return a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      guard a.count == b.count else { return false }
      try budget.enter()
      defer { budget.leave() }
      for (x, y) in zip(a, b) where !(try x.equals(y, budget)) { return false }
      return true
    case (.dictionary(let a), .dictionary(let b)):
      guard a.count == b.count else { return false }
      try budget.enter()
      defer { budget.leave() }
      for entry in a.entries {
        guard let found = try b.find(entry.key, budget), try entry.value.equals(found, budget) else { return false }
      }
      return true
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.loop(let a), .loop(let b)): return a === b
    default: return false
    }
  }

  /// `<`, or nil where the two have no order.
  func isLess(than other: TemplateValue, _ budget: TemplateBudget) throws(ChatTemplateError) -> Bool? {
    try budget.take()
    if let a = number, let b = other.number { return a < b }
    switch (self, other) {
    case (.string(let a), .string(let b)):
      try budget.read(bytes: min(a.utf8.count, b.utf8.count))
      return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      try budget.enter()
      defer { budget.leave() }
      for (x, y) in zip(a, b) where !(try x.equals(y, budget)) { return try x.isLess(than: y, budget) }
      return a.count < b.count
    default: return nil
    }
  }

  /// `value in self`, or nil where this holds nothing.
  func contains(_ value: TemplateValue, _ budget: TemplateBudget) throws(ChatTemplateError) -> Bool? {
    switch (self, value) {
    case (.undefined, _): return false
    case (.string(let text), .string(let part)):
      try budget.holdScalars(of: text)
      try budget.holdScalars(of: part)
      return PythonText.find(part, in: text) != nil
    case (.list(let values), _), (.tuple(let values), _): return try values.firstIndex(of: value, budget) != nil
    case (.dictionary(let entries), _): return try entries.find(value, budget) != nil
    case (.namespace(let space), _): return try space.attributes.find(value, budget) != nil
    default: return nil
    }
  }
}

extension [TemplateValue] {
  /// The place of the first element that equals a value. O(count).
  func firstIndex(of value: TemplateValue, _ budget: TemplateBudget) throws(ChatTemplateError) -> Int? {
    for (index, element) in enumerated() where try element.equals(value, budget) { return index }
    return nil
  }
}

extension TemplateDictionary {
  /// The value of a key. O(count).
  func find(_ key: TemplateValue, _ budget: TemplateBudget) throws(ChatTemplateError) -> TemplateValue? {
    for entry in entries where try entry.key.equals(key, budget) { return entry.value }
    return nil
  }

  /// Sets the value of a key. O(count).
  mutating func set(
    _ key: TemplateValue, _ value: TemplateValue, _ budget: TemplateBudget
  ) throws(ChatTemplateError) {
    for (index, entry) in entries.enumerated() where try entry.key.equals(key, budget) {
      return replace(index, value)
    }
    try budget.build(elements: 2)
    append(key, value)
  }
}
