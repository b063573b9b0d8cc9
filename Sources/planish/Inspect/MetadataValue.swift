import Checkpoints
import JSON

/// A value of a configuration or of a GGUF file's metadata, as it is.
struct MetadataValue: Encodable {
  private let value: JSONValue

  init(_ value: JSONValue) {
    self.value = value
  }

  /// Arrays of more elements, such as vocabularies, are told by their count and their first elements.
  static let longest = 64
  private static let shown = 8

  init(_ value: GGUFValue) {
    self.value = Self.plain(value)
  }

  private static func plain(_ value: GGUFValue) -> JSONValue {
    switch value {
    case .string(let text): return .string(text)
    case .bool(let truth): return .bool(truth)
    case .array(let elements):
      guard elements.count > longest else { return .array(elements.map(plain)) }
      var members = JSONMembers()
      members.set("type", .string("\(elements.type)"))
      members.set("count", .integer(elements.count))
      members.set("first", .array(elements.prefix(shown).map(plain)))
      return .object(members)
    case .float32(let number): return Double("\(number)").map { .number($0) } ?? .string("\(number)")
    default:
      if let integer = value.asInteger { return .integer(integer) }
      return value.asNumber.map { .number($0) } ?? .string(value.summary)
    }
  }

  /// On one line; what is long is told by its size.
  var text: String {
    let text = Self.inline(value)
    return text.count <= 100 ? text : value.summary
  }

  private static func inline(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): JSONText.quoted(text)
    case .array(let values): "[\(values.map(inline).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.elements.map { "\(JSONText.quoted($0.key)): \(inline($0.value))" }.joined(separator: ", "))}"
    case .null, .bool, .integer, .number: value.summary
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    switch value {
    case .array(let values):
      var container = encoder.unkeyedContainer()
      for value in values { try container.encode(MetadataValue(value)) }
    case .object(let members):
      var container = encoder.container(keyedBy: Key.self)
      for (key, value) in members.elements { try container.encode(MetadataValue(value), forKey: Key(stringValue: key)) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let value): try encodeSingle(value, to: encoder)
    case .integer(let value): try encodeSingle(value, to: encoder)
    case .number(let value): try encodeSingle(value, to: encoder)
    case .string(let value): try encodeSingle(value, to: encoder)
    }
  }

  private func encodeSingle(_ value: some Encodable, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
