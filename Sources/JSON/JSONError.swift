/// What JSON (RFC 8259) does not allow, and where in the text it stands.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Counted from 1.
  package let line: Int
  /// In bytes, counted from 1.
  package let column: Int
  package let found: String
  package let expected: String

  package var description: String { "\(line):\(column): found \(found), expected \(expected)".onOneLine }
}
