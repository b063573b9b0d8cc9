/// Where in a pipeline file a schema is made, and how much of a mapping must be there.
package struct SchemaContext: Sendable {
  /// Whether mappings may lack keys, because they are laid over others that have them: in variants, and beside `extends`.
  let isPartial: Bool
  /// The way to the value, in the names under which keys are described: `calibrate.tokens`.
  let place: String

  init(isPartial: Bool, place: String = "") {
    self.isPartial = isPartial
    self.place = place
  }

  /// That of a key inside.
  func at(_ key: String) -> SchemaContext { named(name(of: key)) }

  /// The same, described under another name.
  func named(_ place: String) -> SchemaContext { SchemaContext(isPartial: isPartial, place: place) }

  /// The same where nothing may be missing.
  var whole: SchemaContext { SchemaContext(isPartial: false, place: place) }

  /// The same where anything may.
  var partial: SchemaContext { SchemaContext(isPartial: true, place: place) }

  /// The name under which a key inside is described.
  func name(of key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

  /// A schema with what there is to say of a key.
  func describe(_ key: String, _ schema: ResolvedValue, fallback: ResolvedValue? = nil) -> ResolvedValue {
    guard case .mapping(var entries) = schema else { return schema }
    if let guide = KeyGuide.named(name(of: key)) {
      entries.insert(.init(key: "description", value: .text(guide.summary)), at: 0)
    }
    if let fallback { entries.append(.init(key: "default", value: fallback)) }
    return .mapping(entries)
  }
}

extension ResolvedValue {
  /// An object with keys in this order.
  static func object(_ entries: [(String, ResolvedValue)], _ more: [Entry] = []) -> ResolvedValue {
    .mapping(entries.map { Entry(key: $0.0, value: $0.1) } + more)
  }

  /// Any scalar: the language reads as a text whatever stands where it expects one.
  static let anyText = ResolvedValue.object([
    ("type", .list([.text("string"), .text("number"), .text("boolean")])), ("minLength", .integer(1)),
  ])
}
