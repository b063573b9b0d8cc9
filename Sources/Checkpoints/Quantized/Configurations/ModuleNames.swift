import Patterns

/// Modules that a configuration of transformers names: `modules_to_not_convert`.
///
/// An entry means a module whose name it begins, up to a dot or as an expression of Python's `re`, and one whose name it ends.
/// Source: transformers, `quantizers/quantizers_utils.py`, `should_convert_module`.
package struct ModuleNames: Sendable, Equatable {
  private struct Entry: Sendable, Equatable {
    let text: String
    let pattern: PythonPattern
  }
  private let entries: [Entry]

  /// - Throws: `.setting` for an entry that is no regular expression.
  init(_ settings: JSONObject, _ key: String) throws(CheckpointError) {
    var entries: [Entry] = []
    for text in try settings.optionalStrings(key) ?? [] {
      let pattern = try settings.pattern("(?:\(text))(?:(?<=\\.)|(?=\\.|$))", of: key)
      entries.append(Entry(text: text, pattern: pattern))
    }
    self.entries = entries
  }

  /// The first entry that means a module, or nil.
  func entry(for module: String) -> String? {
    entries.first { $0.pattern.matches(module, .beginning) || module.hasSuffix($0.text) }?.text
  }
}
