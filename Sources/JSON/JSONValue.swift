/// A JSON document, as RFC 8259 defines it.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONMembers)
}

/// The members of a JSON object in the order of the file. Keys are told apart by their bytes.
package struct JSONMembers: Sendable, Equatable {
  package private(set) var elements: [(key: String, value: JSONValue)] = []
  private var index: [UTF8Key: Int] = [:]

  /// The value of a key. O(1).
  package subscript(key: String) -> JSONValue? {
    index[UTF8Key(key)].map { elements[$0].value }
  }

  /// Adds a member, unless its key is already there: then nothing changes and the answer is false.
  mutating func add(_ key: String, _ value: JSONValue) -> Bool {
    guard index[UTF8Key(key)] == nil else { return false }
    index[UTF8Key(key)] = elements.count
    elements.append((key, value))
    return true
  }

  package init() {}

  /// Sets the value of a key, in its place if it is there and at the end if not.
  package mutating func set(_ key: String, _ value: JSONValue) {
    if let place = index[UTF8Key(key)] {
      elements[place].value = value
    } else {
      _ = add(key, value)
    }
  }

  /// Takes a member away.
  package mutating func remove(_ key: String) {
    var others = JSONMembers()
    for (other, value) in elements where !other.utf8.elementsEqual(key.utf8) { others.set(other, value) }
    self = others
  }

  package static func == (left: JSONMembers, right: JSONMembers) -> Bool {
    left.elements.elementsEqual(right.elements) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
  }
}

/// What a text may hold.
package enum JSONDialect: Sendable {
  /// RFC 8259.
  case strict
  /// Besides, `Infinity` and `-Infinity`, as Python's json module writes them.
  case python
}

extension JSONValue {
  /// Reads JSON text.
  ///
  /// - Throws: `JSONError` with line and column for anything that the dialect does not allow, and for a key that appears twice
  ///   in one object.
  package init(_ bytes: RawSpan, _ dialect: JSONDialect = .strict) throws(JSONError) {
    var parser = JSONParser(unsafe bytes.withUnsafeBytes { unsafe Array($0) }, dialect)
    self = try parser.document()
  }

  /// What this value is, for error messages.
  package var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): value.count <= 60 ? "\"\(value)\"" : "a string of \(value.utf8.count) bytes"
    case .array(let values): "an array of \(values.count)"
    case .object(let members): "an object of \(members.elements.count) keys"
    }
  }
}

/// The value where it is of that kind, else nil.
extension JSONValue {
  package var asInteger: Int? { if case .integer(let value) = self { value } else { nil } }
  package var asString: String? { if case .string(let value) = self { value } else { nil } }
  package var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var asArray: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  package var asMembers: JSONMembers? { if case .object(let members) = self { members } else { nil } }

  package var asNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
