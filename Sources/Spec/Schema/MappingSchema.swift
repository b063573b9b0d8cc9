/// What a mapping takes, found out from its reader: the reader runs on nothing, and what it asks for is the schema.
package struct MappingSchema {
  /// A key that a reader asked for.
  struct Key {
    let name: String
    let isRequired: Bool
    /// Whether a list may be empty, which is the same as to leave it out.
    let mayBeEmpty: Bool
    let schema: (SchemaContext) -> ResolvedValue
    /// What applies where the key is left out.
    var fallback: ResolvedValue?
  }

  /// What a reader asked of several keys together.
  enum Rule: Equatable {
    case oneOf([String])
    case apart(String, String)
    case needs(String, [String])
    case notEmpty
  }

  private struct Shape {
    let keys: [Key]
    let rules: [Rule]
  }

  /// One, or several where what else is asked for depends on a key.
  private let shapes: [Shape]

  /// - Parameter body: reads the mapping.
  init<Value>(_ body: (inout MappingReader) -> Value?) {
    func shape(assuming keys: Set<String>) -> (Shape, questions: [String]) {
      let position = SourcePosition.file("")
      let reader = ValueReader(
        node: SpecNode(.mapping([]), at: position), path: .root, log: ReadingLog(folders: BaseFolders(pipeline: "")))
      var mapping = MappingReader([], reader, assuming: keys)
      _ = body(&mapping)
      return (Shape(keys: Self.unique(mapping.asked), rules: mapping.rules), mapping.questions)
    }
    let (plain, questions) = shape(assuming: [])
    var shapes = [plain]
    for question in questions {
      let (other, _) = shape(assuming: [question])
      let names = Set(other.keys.map(\.name))
      if !shapes.contains(where: { Set($0.keys.map(\.name)) == names }) { shapes.append(other) }
    }
    self.shapes = shapes
  }

  /// A key may be asked for twice, on ways through a reader that end alike.
  private static func unique(_ keys: [Key]) -> [Key] {
    var seen: Set<String> = []
    return keys.filter { seen.insert($0.name).inserted }
  }

  func schema(_ context: SchemaContext) -> ResolvedValue {
    let all = shapes.map { schema(of: $0, context) }
    return all.count == 1 ? all[0] : .object([("anyOf", .list(all))])
  }

  /// A whole mapping, or beside `extends` a part of one.
  private func schema(of shape: Shape, _ context: SchemaContext) -> ResolvedValue {
    let partial = object(shape, context.partial)
    guard !context.isPartial else { return partial }
    let whole = object(shape, context.whole)
    guard whole != partial else { return partial }
    return .object([
      ("type", .text("object")), ("if", .required([SpecFiles.key])), ("then", partial), ("else", whole),
    ])
  }

  private func object(_ shape: Shape, _ context: SchemaContext) -> ResolvedValue {
    var properties = shape.keys.map { key in
      let inner = key.schema(context.at(key.name))
      let schema = key.mayBeEmpty ? inner.without(["minItems"]) : inner
      return (key.name, context.describe(key.name, schema, fallback: key.fallback))
    }
    properties.append((SpecFiles.key, SchemaContext(isPartial: true).describe(SpecFiles.key, .files)))
    var entries: [(String, ResolvedValue)] = [
      ("type", .text("object")), ("properties", .object(properties)), ("additionalProperties", .truth(false)),
    ]
    if !context.isPartial {
      let required = shape.keys.filter(\.isRequired).map(\.name)
      if !required.isEmpty { entries.append(("required", .list(required.map { .text($0) }))) }
    }
    let rules = shape.rules.compactMap { schema(of: $0, isPartial: context.isPartial) }
    if !rules.isEmpty { entries.append(("allOf", .list(rules))) }
    return .object(entries)
  }

  /// - Parameter isPartial: whether what is missing may stand elsewhere.
  private func schema(of rule: Rule, isPartial: Bool) -> ResolvedValue? {
    switch rule {
    case .oneOf(let keys): isPartial ? nil : .object([("anyOf", .list(keys.map { .required([$0]) }))])
    case .apart(let key, let other): .object([("not", .required([key, other]))])
    case .needs(let key, let others):
      isPartial
        ? nil
        : .object([
          (
            "dependencies",
            .object([(key, .object([("anyOf", .list(others.map { .required([$0]) }))]))])
          )
        ])
    case .notEmpty: isPartial ? nil : .object([("minProperties", .integer(1))])
    }
  }
}

extension ResolvedValue {
  /// An object that has these keys.
  fileprivate static func required(_ keys: [String]) -> ResolvedValue {
    .object([("required", .list(keys.map { .text($0) }))])
  }

  /// What `extends` takes.
  fileprivate static let files = ResolvedValue.object([
    (
      "anyOf",
      .list([
        .object([("type", .text("string")), ("minLength", .integer(1))]),
        .object([
          ("type", .text("array")), ("minItems", .integer(1)),
          ("items", .object([("type", .text("string")), ("minLength", .integer(1))])),
        ]),
      ])
    )
  ])
}
