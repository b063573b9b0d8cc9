import JSON

/// The language of pipeline files as a JSON schema (draft 7), for completion in editors and for checks without this program.
///
/// It is made from the readers themselves. What depends on more than one section (a gate without a text to measure it on), on the
/// model or on files is left to `planish plan`.
package enum PipelineSchema {
  /// Schemas of at least so many characters that stand in several places are written once.
  private static let shared = 400

  /// The definition of names of types.
  static let type = "type"

  /// The schema as a JSON document.
  ///
  /// - Parameters:
  ///   - registries: the variants that files may name.
  ///   - types: the names of types, in the form in which editors are to complete them.
  package static func json<Kinds: VariantKinds>(of registries: Registries<Kinds>, types: [String]) -> String {
    let (whole, partial) = (schema(registries, isPartial: false), schema(registries, isPartial: true))
    var definitions = SharedSchemas(of: [whole, partial], atLeast: shared)
    let root = definitions.sharing(whole)
    let part = definitions.sharing(partial)
    let schema: ResolvedValue = .object(
      [
        ("$schema", .text("http://json-schema.org/draft-07/schema#")),
        ("title", .text("Planish pipeline file, version \(Defaults.version)")),
        (
          "description",
          .text("A file that is made to be extended by others is a part: #/definitions/part.")
        ),
      ], root.entries)
    let definitionsOfAll = [("part", part), (type, names(of: types))]
    let all = schema.entries + [.init(key: "definitions", value: .object(definitionsOfAll, definitions.all))]
    return pretty(.mapping(all)) + "\n"
  }

  /// Names of types, in any case and with `-` for `_`; and averages of bits of EXL2.
  private static func names(of types: [String]) -> ResolvedValue {
    let spelled = types.map { name in
      name.map { character in
        switch character {
        case "_", "-": "[-_]"
        case _ where character.isLetter: "[\(character.lowercased())\(character.uppercased())]"
        default: String(character)
        }
      }.joined()
    }
    let other = "^(\(spelled.joined(separator: "|"))|[eE][xX][lL]2[-_][2-9](\\.[0-9]+)?)$"
    return .object([
      (
        "anyOf",
        .list([
          .object([("enum", .list(types.map { .text($0) }))]),
          .object([("type", .text("string")), ("pattern", .text(other))]),
        ])
      )
    ])
  }

  private static func schema<Kinds: VariantKinds>(
    _ registries: Registries<Kinds>, isPartial: Bool
  ) -> ResolvedValue {
    adding(variants(registries), to: PipelineSpec<Kinds>.schema(registries, SchemaContext(isPartial: isPartial)))
  }

  /// Adds `variants`, which are no part of any one pipeline, to the keys of the top level.
  private static func adding(_ variants: ResolvedValue, to schema: ResolvedValue) -> ResolvedValue {
    guard case .mapping(let entries) = schema else { return schema }
    return .mapping(
      entries.map { entry in
        switch entry.key {
        case "then", "else": .init(key: entry.key, value: adding(variants, to: entry.value))
        case "properties":
          .init(
            key: entry.key, value: .mapping(entry.value.entries + [.init(key: Variants.key, value: variants)]))
        default: entry
        }
      })
  }

  private static func variants<Kinds: VariantKinds>(_ registries: Registries<Kinds>) -> ResolvedValue {
    let context = SchemaContext(isPartial: true)
    let keys = PipelineSpec<Kinds>.schema(registries, context).entries.map { entry in
      guard entry.key == "properties" else { return entry }
      return ResolvedValue.Entry(
        key: entry.key, value: .mapping(entry.value.entries.filter { !Variants.shared.contains($0.key) }))
    }
    let needed = ResolvedValue.object([
      (
        "anyOf",
        .list(["emit", SpecFiles.key].map { .object([("required", .list([.text($0)]))]) })
      )
    ])
    return context.describe(
      Variants.key,
      .object([
        ("type", .list([.text("object"), .text("null")])),
        ("propertyNames", .object([("pattern", .text("^[A-Za-z0-9_-][A-Za-z0-9._-]*$"))])),
        ("additionalProperties", .object([], keys + needed.entries)),
      ]))
  }

  /// JSON with two spaces for each level, keys in their order, short values on one line.
  private static func pretty(_ value: ResolvedValue, indent: Int = 0) -> String {
    let line = value.description
    if line.count + indent <= 118 { return line }
    let (inner, outer) = (String(repeating: " ", count: indent + 2), String(repeating: " ", count: indent))
    switch value {
    case .truth, .integer, .number, .text: return line
    case .list(let items):
      return "[\n" + items.map { inner + pretty($0, indent: indent + 2) }.joined(separator: ",\n") + "\n\(outer)]"
    case .mapping(let entries):
      let lines = entries.map { "\(inner)\(JSONText.quoted($0.key)): \(pretty($0.value, indent: indent + 2))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
    }
  }
}
