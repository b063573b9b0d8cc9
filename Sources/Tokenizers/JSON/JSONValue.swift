/// A JSON value whose texts are bytes.
///
/// Swift's strings compare by canonical equivalence: a dictionary keyed by them would merge tokens that differ only in
/// how an accent is composed. Vocabularies hold such tokens, so texts stay UTF-8 bytes, and an object keeps its members
/// in the order of the file.
enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text([UInt8])
  case array([JSONValue])
  case object([JSONMember])

  /// The last member of that name, or nil when there is none or this is no object. O(members).
  subscript(name: StaticString) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return name.withUTF8Buffer { bytes in members.last { $0.name.elementsEqual(bytes) }?.value }
  }

  /// The text as a string.
  var string: String? {
    guard case .text(let bytes) = self else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The number, where it is a whole one that an Int holds.
  var integer: Int? {
    guard case .number(let value) = self else { return nil }
    return Int(exactly: value)
  }

  var array: [JSONValue]? {
    guard case .array(let values) = self else { return nil }
    return values
  }

  var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// What kind of value this is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): "the number \(Int(exactly: value).map { "\($0)" } ?? "\(value)")"
    case .text(let bytes): "\"\(String(decoding: bytes.prefix(60), as: UTF8.self))\""
    case .array(let values): "a list of \(values.count)"
    case .object: "an object"
    }
  }
}

/// One name and its value.
struct JSONMember: Sendable {
  let name: [UInt8]
  let value: JSONValue
}
