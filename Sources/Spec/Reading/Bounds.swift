/// The values that an option may take, with the words that tell so.
package struct Bounds<Value: Comparable & Sendable>: Sendable {
  /// Ends the sentence "expected a number …".
  let words: String
  /// The same as JSON Schema says it: `minimum`, `exclusiveMaximum` and their like.
  let limits: [ResolvedValue.Entry]
  let contains: @Sendable (Value) -> Bool

  /// Any value.
  package static var any: Bounds { Bounds(words: "", limits: []) { _ in true } }

  /// `low` or more.
  package static func atLeast(_ low: Value) -> Bounds {
    Bounds(words: " of at least \(plain(low))", limits: [limit("minimum", low)]) { $0 >= low }
  }

  /// More than `low`.
  package static func above(_ low: Value) -> Bounds {
    Bounds(words: " above \(plain(low))", limits: [limit("exclusiveMinimum", low)]) { $0 > low }
  }

  /// From `low` to `high`, both included.
  package static func from(_ low: Value, to high: Value) -> Bounds {
    Bounds(
      words: " from \(plain(low)) to \(plain(high))", limits: [limit("minimum", low), limit("maximum", high)]
    ) { low <= $0 && $0 <= high }
  }

  /// `low` or more, less than `high`.
  package static func from(_ low: Value, below high: Value) -> Bounds {
    Bounds(
      words: " from \(plain(low)) to below \(plain(high))",
      limits: [limit("minimum", low), limit("exclusiveMaximum", high)]
    ) { low <= $0 && $0 < high }
  }

  /// A number as a person writes it: 1 rather than 1.0.
  private static func plain(_ value: Value) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func limit(_ key: String, _ value: Value) -> ResolvedValue.Entry {
    if let whole = value as? Int { return .init(key: key, value: .integer(whole)) }
    let number = value as? Double ?? Double("\(value)") ?? 0
    return .init(key: key, value: Int(exactly: number).map { .integer($0) } ?? .number(number))
  }
}
