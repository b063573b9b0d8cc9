/// What a configuration of compressed-tensors means a group or an exception for: a module by its name, modules whose names
/// match an expression, or all of one class.
package struct ModuleTarget: Sendable, Equatable {
  /// As it is written: a name, an expression after `re:`, or the name of a class.
  package let text: String
  /// Nil for names.
  private let pattern: ModulePattern?

  /// Nil where what follows `re:` is no regular expression.
  init?(_ text: String) {
    self.text = text
    guard text.hasPrefix("re:") else {
      pattern = nil
      return
    }
    guard let pattern = ModulePattern(String(text.dropFirst(3))) else { return nil }
    self.pattern = pattern
  }

  /// Whether it means a module by its name.
  func names(_ module: String) -> Bool { pattern.map { $0.matches(module) } ?? (text == module) }

  /// Whether it means all modules of the class that a module with weights has.
  func isClass(of module: String) -> Bool {
    text == "Module" || text == (Self.isTable(module) ? "Embedding" : "Linear")
  }

  /// Whether a module holds a table: the names that families give those.
  private static func isTable(_ module: String) -> Bool {
    let last = module.split(separator: ".").last ?? ""
    return [
      "embed_tokens", "embed_in", "wte", "wpe", "word_embeddings", "position_embeddings", "token_type_embeddings",
    ]
    .contains(String(last))
  }

  /// The order in which compressed-tensors asks targets: names first, then expressions, each by the numbers of their
  /// characters (`utils/match.py`, `match_targets`).
  static func isAsked(_ first: ModuleTarget, before second: ModuleTarget) -> Bool {
    let isExpression = (first.text.contains("re:"), second.text.contains("re:"))
    guard isExpression.0 == isExpression.1 else { return isExpression.1 }
    return first.text.unicodeScalars.lexicographicallyPrecedes(second.text.unicodeScalars)
  }
}

extension JSONObject {
  /// Targets of a group, or exceptions.
  func targets(_ key: String) throws(CheckpointError) -> [ModuleTarget] {
    var targets: [ModuleTarget] = []
    for text in try optionalStrings(key) ?? [] {
      guard let target = ModuleTarget(text) else {
        throw error(key, found: JSONText.quoted(text), expected: "a regular expression after re:")
      }
      targets.append(target)
    }
    return targets
  }
}
