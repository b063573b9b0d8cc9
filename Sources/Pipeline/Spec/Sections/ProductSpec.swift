/// One item of `emit`: a container to write, and where.
package struct ProductSpec<Kinds: VariantKinds>: Sendable, Equatable {
  /// The file or folder that is written.
  package let path: FileLocation
  package let writer: Choice<Kinds.Writer>

  /// Reads `{gguf: path}` or `{gguf: {path: …, options}}`.
  static func kind(_ writers: Registry<Kinds.Writer>) -> ValueKind<ProductSpec> {
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
        let product = ValueReader(node: node, path: path, log: reader.log)
          .read(
            .mapping(orOnly: "path") { options -> (FileLocation, Kinds.Writer)? in
              let location = options.required("path", .product)
              let writer = entry.read(&options)
              guard let location, let writer else { return nil }
              return (location, writer)
            })
        guard let product else { return nil }
        let resolved = reader.log.resolved(since: count, under: path)
        let choice = Choice(name: name, variant: product.1, options: resolved, path: path, position: position)
        return ProductSpec(path: product.0, writer: choice)
      },
      echo: nil)
  }
}
