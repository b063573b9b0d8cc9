/// One item of `emit`: a container to write, and where.
package struct ProductSpec<Kinds: VariantKinds>: Sendable, Equatable {
  /// The file or folder that is written.
  package let path: FileLocation
  package let writer: Choice<Kinds.Writer>
  /// What it holds, where it does not hold what `quantize` says.
  package let own: Own

  /// What a product says of `quantize` for itself.
  package struct Own: Sendable, Equatable {
    package let type: TypeRequest?
    package let solver: Choice<Kinds.Solver>?
    package let overrides: [QuantizeSpec<Kinds>.Override]

    /// Whether it says nothing.
    package var isEmpty: Bool { type == nil && solver == nil && overrides.isEmpty }

    init(reading options: inout MappingReader, _ solvers: Registry<Kinds.Solver>) {
      type = options.optional("type", .typeRequest("a type, such as int4_g128"))
      solver = options.optional("solver", .choice(from: solvers))
      overrides = options.optional("overrides", .list(of: QuantizeSpec<Kinds>.Override.kind(solvers))) ?? []
    }
  }

  /// Reads `{gguf: path}` or `{gguf: {path: …, type: …, options}}`.
  static func kind(
    _ writers: Registry<Kinds.Writer>, _ solvers: Registry<Kinds.Solver>
  ) -> ValueKind<ProductSpec> {
    ValueKind(
      expected: "a writer with its path",
      read: { reader in
        guard case .mapping = reader.node.content else {
          return reader.mismatch("a writer with its path, such as {gguf: model.gguf}")
        }
        guard let (name, node, position) = writers.split(reader) else { return nil }
        guard let entry = writers.entry(name, at: position, reader.log) else { return nil }
        let path = reader.path.appending(name)
        let count = reader.log.options.count
        let product = ValueReader(node: node, path: path, log: reader.log).read(contents(entry, solvers))
        guard let product else { return nil }
        let resolved = reader.log.resolved(since: count, under: path)
        let choice = Choice(name: name, variant: product.writer, options: resolved, path: path, position: position)
        return ProductSpec(path: product.path, writer: choice, own: product.own)
      },
      echo: nil,
      schema: { context in
        let context = context.named("emit")
        let products = writers.entries.map { entry in
          (entry.name, context.describe(entry.name, contents(entry, solvers).schema(context.at(entry.name))))
        }
        return .object([
          ("type", .text("object")), ("properties", .object(products)), ("additionalProperties", .truth(false)),
          ("minProperties", .integer(1)), ("maxProperties", .integer(1)),
        ])
      })
  }

  private struct Contents {
    let path: FileLocation
    let own: Own
    let writer: Kinds.Writer
  }

  /// Reads what stands under a writer's name.
  private static func contents(
    _ entry: Registry<Kinds.Writer>.Entry, _ solvers: Registry<Kinds.Solver>
  ) -> ValueKind<Contents> {
    .mapping(orOnly: "path") { options in
      let path = options.required("path", .product(entry.made))
      let own = Own(reading: &options, solvers)
      guard let writer = entry.read(&options), let path else { return nil }
      return Contents(path: path, own: own, writer: writer)
    }
  }
}
