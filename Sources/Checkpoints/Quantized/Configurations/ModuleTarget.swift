import Patterns

/// What a configuration of compressed-tensors means a group or an exception for: a module by its name, modules whose names
/// match an expression, or all of one class.
package struct ModuleTarget: Sendable, Equatable {
  /// As it is written: a name, an expression after `re:`, or the name of a class.
  package let text: String
  /// Nil for names.
  private let pattern: PythonPattern?

  /// - Parameters:
  ///   - key: of the configuration, which holds the target.
  /// - Throws: `.setting` where what follows `re:` is no regular expression.
  init(_ text: String, of key: String, _ config: JSONObject) throws(CheckpointError) {
    self.text = text
    pattern = text.hasPrefix("re:") ? try config.pattern(String(text.dropFirst(3)), of: key) : nil
  }

  /// Whether it means a module by its name.
  func names(_ module: String) -> Bool { pattern.map { $0.matches(module, .beginning) } ?? (text == module) }

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
    for text in try optionalStrings(key) ?? [] { targets.append(try ModuleTarget(text, of: key, self)) }
    return targets
  }
}
