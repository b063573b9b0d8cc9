/// A regular expression over names of modules, as configurations of quantized weights have them.
package struct ModulePattern: Sendable, Equatable {
  package let text: String

  /// Nil where the text is no regular expression.
  init?(_ text: String) {
    guard (try? Regex(text)) != nil else { return nil }
    self.text = text
  }

  /// Whether the expression matches from the start of a name, as Python's `re.match` does.
  package func matches(_ module: String) -> Bool {
    (try? Regex(text).prefixMatch(in: module)) != nil
  }
}
