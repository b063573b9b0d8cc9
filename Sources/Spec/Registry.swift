/// The names that one kind of variant goes by in a pipeline file, each with how its options are read.
///
/// Adding a solver, a transform or a writer costs one entry: `.init("gptq", GPTQ.init(reading:))`.
package struct Registry<Variant: Sendable>: Sendable {
  package struct Entry: Sendable {
    package let name: String
    /// What a writer makes.
    let made: MadeKind?
    let read: @Sendable (inout MappingReader) -> Variant?

    /// - Parameters:
    ///   - made: what a writer makes; its place is looked at before anything is done.
    ///   - read: reads the options, each with its default; nil only for what it reported as wrong.
    package init(
      _ name: String, makes made: MadeKind? = nil, _ read: @escaping @Sendable (inout MappingReader) -> Variant?
    ) {
      self.name = name
      self.made = made
      self.read = read
    }
  }

  /// What the variants are, in the singular: "solver".
  package let kind: String
  package let entries: [Entry]

  package init(of kind: String, _ entries: [Entry] = []) {
    self.kind = kind
    self.entries = entries
  }

  /// Every name, in the order of registration.
  package var names: [String] { entries.map(\.name) }

  /// Decodes a variant from `name` or `{name: {options}}`, as any reader of the language does with `.choice(from:)`.
  func decode(_ reader: ValueReader) -> Choice<Variant>? {
    guard let (name, value, position) = split(reader) else { return nil }
    guard let entry = entry(name, at: position, reader.log) else { return nil }
    let options = value.isNothing ? SpecNode(.mapping([]), at: reader.position) : value
    let path = reader.path.appending(name)
    let inner = ValueReader(node: options, path: path, log: reader.log)
    let count = reader.log.options.count
    guard let variant = inner.read(.mapping(entry.read)) else { return nil }
    let resolved = reader.log.resolved(since: count, under: path)
    if reader.log.options.count == count { reader.log.echo(reader.path, .text(name)) }
    return Choice(name: name, variant: variant, options: resolved, path: path, position: position)
  }

  /// A name, or a mapping of one name to its options.
  func schema(_ context: SchemaContext) -> ResolvedValue {
    let context = context.named(kind)
    let options = entries.map { entry in
      let mapping = MappingSchema(entry.read).schema(context.at(entry.name))
      let nothing = ResolvedValue.object([("type", .text("null"))])
      return (entry.name, context.describe(entry.name, .object([("anyOf", .list([nothing, mapping]))])))
    }
    return .object([
      (
        "anyOf",
        .list([
          .object([("enum", .list(names.map { .text($0) }))]),
          .object([
            ("type", .text("object")), ("properties", .object(options)), ("additionalProperties", .truth(false)),
            ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
          ]),
        ])
      )
    ])
  }

  /// The entry of a name; nil for an unknown one, which is reported with those there are.
  func entry(_ name: String, at position: SourcePosition, _ log: ReadingLog) -> Entry? {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let found = "the unknown \(kind) \(Wording.quote(name))"
    log.report(
      position,
      entries.isEmpty
        ? "found \(found), expected none: this version has no \(kind)s"
        : Wording.unknown(found, named: name, known: names))
    return nil
  }

  /// Takes `name` or `{name: options}` apart.
  func split(_ reader: ValueReader) -> (name: String, options: SpecNode, position: SourcePosition)? {
    if let name = reader.node.text { return (name, SpecNode(.plain(""), at: reader.position), reader.position) }
    guard case .mapping(let entries) = reader.node.content else {
      return reader.mismatch("the name of a \(kind), alone or with its options")
    }
    guard let entry = entries.first, entries.count == 1 else {
      let names = entries.map(\.key).joined(separator: ", ")
      let found = entries.isEmpty ? "an empty mapping" : "several keys (\(names))"
      return reader.reject("found \(found), expected the name of one \(kind)\(example(entries))")
    }
    return (entry.key, entry.value, entry.keyPosition)
  }
}

extension Registry {
  /// How options would be written that stand beside a name; empty where no one name is there.
  private func example(_ found: [SpecNode.Entry]) -> String {
    let named = found.filter { names.contains($0.key) }
    guard named.count == 1, found.count > 1 else { return "" }
    let others = found.filter { $0.key != named[0].key }.map { "\($0.key): …" }
    let shown = (named[0].value.text == nil ? [] : ["…"]) + others
    return " with its options below it: {\(named[0].key): {\(shown.joined(separator: ", "))}}"
  }
}

extension Registry.Entry {
  /// The variant as a file configures it that says nothing of it; nil where something must be said.
  package var withDefaults: Variant? {
    let log = ReadingLog(folders: BaseFolders(pipeline: ""))
    return ValueReader(node: SpecNode(.mapping([]), at: .file(name)), path: .root, log: log).read(.mapping(read))
  }
}

/// A variant that a pipeline file chose, with every one of its options as understood.
package struct Choice<Variant: Sendable>: Sendable {
  package let name: String
  /// The variant, configured.
  package let variant: Variant
  /// Every option, defaults filled in.
  package let options: ResolvedValue
  /// The place of the options: `quantize.solver.gptq`.
  package let path: SpecPath
  /// Where the name stands.
  package let position: SourcePosition
}

extension Choice: Equatable {
  /// Whether both choose the same variant with the same options, wherever they were written.
  package static func == (left: Choice, right: Choice) -> Bool {
    left.name == right.name && left.options == right.options
  }
}

extension ValueKind {
  /// A variant by its name, alone or as the only key of a mapping that holds its options.
  package static func choice<Variant>(from registry: Registry<Variant>) -> ValueKind where Value == Choice<Variant> {
    ValueKind(
      expected: "the name of a \(registry.kind)", read: registry.decode, echo: nil, schema: registry.schema)
  }
}

/// The types that a program's solvers, transforms and writers have; existentials, in practice.
package protocol VariantKinds: Sendable {
  associatedtype Solver: Sendable
  associatedtype Transform: Sendable
  associatedtype Writer: Sendable
}

/// Every variant that a pipeline file can name.
package struct Registries<Kinds: VariantKinds>: Sendable {
  package let solvers: Registry<Kinds.Solver>
  package let transforms: Registry<Kinds.Transform>
  package let writers: Registry<Kinds.Writer>
  /// What is wrong with the name of a type, of a whole product or of some tensors; nil where nothing is.
  let objectionToType: @Sendable (_ name: String, _ isWhole: Bool) -> String?

  func objection(to type: Spelling.TypeName) -> Diagnostic? {
    objectionToType(type.name, type.isWhole).map { Diagnostic(type.position, $0) }
  }

  package init(
    solvers: [Registry<Kinds.Solver>.Entry], transforms: [Registry<Kinds.Transform>.Entry] = [],
    writers: [Registry<Kinds.Writer>.Entry],
    objectionToType: @escaping @Sendable (_ name: String, _ isWhole: Bool) -> String? = { _, _ in nil }
  ) {
    self.objectionToType = objectionToType
    self.solvers = Registry(of: "solver", solvers)
    self.transforms = Registry(of: "transform", transforms)
    self.writers = Registry(of: "writer", writers)
  }
}
