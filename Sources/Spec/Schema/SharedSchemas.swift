/// Writes schemas once that stand in several places, and refers to them there.
struct SharedSchemas {
  private let shortest: Int
  private var counts: [String: Int] = [:]
  private var names: [String: String] = [:]
  /// The definitions that are referred to, in the order of their first use.
  private(set) var all: [ResolvedValue.Entry] = []

  /// Keys under which one schema stands, a list of them, or a mapping from names to them.
  private static let single: Set = ["if", "then", "else", "not", "items", "additionalProperties", "propertyNames"]
  private static let lists: Set = ["anyOf", "allOf", "oneOf"]
  private static let mappings: Set = ["properties", "dependencies", "definitions"]

  /// - Parameters:
  ///   - schemas: all that will be given to `sharing`.
  ///   - shortest: characters of a schema below which it is repeated.
  init(of schemas: [ResolvedValue], atLeast shortest: Int) {
    self.shortest = shortest
    for schema in schemas { count(schema) }
  }

  private mutating func count(_ schema: ResolvedValue) {
    let text = schema.description
    guard text.count >= shortest else { return }
    counts[text, default: 0] += 1
    // What is inside of a repeated schema is written once with it.
    guard counts[text] == 1 else { return }
    _ = Self.inside(schema) { inner in
      count(inner)
      return inner
    }
  }

  /// The same schema with references; itself it stays.
  mutating func sharing(_ schema: ResolvedValue) -> ResolvedValue {
    Self.inside(schema) { reference(to: $0) }
  }

  private mutating func reference(to schema: ResolvedValue) -> ResolvedValue {
    let text = schema.description
    guard let count = counts[text], count > 1 else { return sharing(schema) }
    if names[text] == nil {
      let name = "shared\(names.count + 1)"
      names[text] = name
      let place = all.count
      all.append(.init(key: name, value: .truth(true)))
      all[place] = .init(key: name, value: sharing(schema))
    }
    return .object([("$ref", .text("#/definitions/\(names[text] ?? "")"))])
  }

  /// Replaces each schema right inside of another.
  private static func inside(
    _ schema: ResolvedValue, _ change: (ResolvedValue) -> ResolvedValue
  ) -> ResolvedValue {
    guard case .mapping(let entries) = schema else { return schema }
    return .mapping(
      entries.map { entry in
        switch entry.value {
        case .mapping where single.contains(entry.key): .init(key: entry.key, value: change(entry.value))
        case .list(let items) where lists.contains(entry.key):
          .init(key: entry.key, value: .list(items.map(change)))
        case .mapping(let inner) where mappings.contains(entry.key):
          .init(key: entry.key, value: .mapping(inner.map { .init(key: $0.key, value: change($0.value)) }))
        default: entry
        }
      })
  }
}
