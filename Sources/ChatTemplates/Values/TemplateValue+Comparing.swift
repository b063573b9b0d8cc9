extension TemplateValue {
  /// Python's `==`.
  func equals(_ other: TemplateValue) -> Bool {
    if let a = number, let b = other.number { return a == b }
    switch (self, other) {
    case (.none, .none), (.undefined, .undefined): return true
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
    case (.dictionary(let a), .dictionary(let b)):
      return a.count == b.count
        && a.entries.allSatisfy { entry in b[entry.key].map { entry.value.equals($0) } ?? false }
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.loop(let a), .loop(let b)): return a === b
    default: return false
    }
  }

  /// Python's `<`, or nil where the two have no order.
  func isLess(than other: TemplateValue) -> Bool? {
    if let a = number, let b = other.number { return a < b }
    switch (self, other) {
    case (.string(let a), .string(let b)):
      return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      for (x, y) in zip(a, b) where !x.equals(y) { return x.isLess(than: y) }
      return a.count < b.count
    default: return nil
    }
  }

  /// Python's `in`, or nil where this holds nothing.
  func contains(_ value: TemplateValue) -> Bool? {
    switch (self, value) {
    case (.undefined, _): return false
    case (.string(let text), .string(let part)): return PythonText.find(part, in: text) != nil
    case (.list(let values), _), (.tuple(let values), _): return values.contains { $0.equals(value) }
    case (.dictionary(let entries), _): return entries[value] != nil
    case (.namespace(let space), _): return space.attributes[value] != nil
    default: return nil
    }
  }
}
