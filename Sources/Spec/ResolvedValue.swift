import Checkpoints
import JSON

/// A pipeline's options as they were understood, defaults filled in: what the manifest echoes.
package indirect enum ResolvedValue: Sendable, Equatable {
  case truth(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([ResolvedValue])
  case mapping([Entry])

  /// One key of a mapping; entries keep the order in which the language documents them.
  package struct Entry: Sendable, Equatable {
    package let key: String
    package let value: ResolvedValue

    package init(key: String, value: ResolvedValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value under a key of a mapping.
  package subscript(key: String) -> ResolvedValue? {
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The entries of a mapping; none of anything else.
  package var entries: [Entry] { if case .mapping(let entries) = self { entries } else { [] } }

  /// A mapping without some keys; anything else as it is.
  package func without(_ keys: [String]) -> ResolvedValue {
    guard case .mapping(let entries) = self else { return self }
    return .mapping(entries.filter { !keys.contains($0.key) })
  }
}

extension ResolvedValue: Encodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Encodes as plain JSON; whether keys keep their order is up to the encoder.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .truth(let value): try encodeSingle(value, to: encoder)
    case .integer(let value): try encodeSingle(value, to: encoder)
    case .number(let value): try encodeSingle(value, to: encoder)
    case .text(let value): try encodeSingle(value, to: encoder)
    case .list(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    case .mapping(let entries):
      var container = encoder.container(keyedBy: Key.self)
      for entry in entries { try container.encode(entry.value, forKey: Key(stringValue: entry.key)) }
    }
  }

  private func encodeSingle(_ value: some Encodable, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

extension ResolvedValue: CustomStringConvertible {
  /// One line of JSON, which is also YAML, with the keys in order.
  package var description: String {
    switch self {
    case .truth(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): JSONText.quoted(value)
    case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\(JSONText.quoted($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }
}

extension ResolvedValue {
  /// One option and the way to it.
  struct Option {
    let path: ArraySlice<SpecPath.Component>
    let value: ResolvedValue
  }

  /// Builds the tree whose leaves are `options`, in the order of their first mention.
  init(assembling options: [Option]) {
    if let only = options.first, only.path.isEmpty {
      self = only.value
      return
    }
    var order: [SpecPath.Component] = []
    var groups: [SpecPath.Component: [Option]] = [:]
    for option in options {
      guard let head = option.path.first else { continue }
      if groups[head] == nil { order.append(head) }
      groups[head, default: []].append(Option(path: option.path.dropFirst(), value: option.value))
    }
    if case .index = order.first {
      self = .list(order.map { ResolvedValue(assembling: groups[$0] ?? []) })
    } else {
      self = .mapping(
        order.compactMap { component in
          guard case .key(let key) = component else { return nil }
          return Entry(key: key, value: ResolvedValue(assembling: groups[component] ?? []))
        })
    }
  }
}
