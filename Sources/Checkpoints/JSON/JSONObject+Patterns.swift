import Patterns

extension JSONObject {
  /// An expression that a key is or holds, as Python's `re` reads it.
  ///
  /// - Throws: `.setting`, which names the key and what is wrong with the expression.
  package func pattern(_ source: String, of key: String) throws(CheckpointError) -> PythonPattern {
    do { return try PythonPattern(source) } catch {
      throw self.error(
        key, found: "the pattern \"\(source)\", which fails \(error)",
        expected: "a regular expression that Python's re reads, without what is named as not supported")
    }
  }
}
