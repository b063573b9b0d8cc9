/// `model`: the weights to start from.
package struct ModelSpec: Sendable, Equatable {
  /// A folder of low-rank updates that are merged into the weights.
  package struct Adapter: Sendable, Equatable {
    package let path: FileLocation
    package let weight: Double
  }

  /// A Hugging Face folder or a GGUF file.
  package let path: FileLocation
  /// GGUF's name of the pre-tokenizer to use instead of the model's own, or nil.
  package let preTokenizer: String?
  /// Tensors to leave out that no part of the model reads, such as those that predict further tokens.
  package let drop: [TensorGlob]
  /// Merged before anything else, in this order.
  package let adapters: [Adapter]

  init?(reading options: inout MappingReader) {
    let path = options.required("path", .input)
    preTokenizer = options.optional("pre_tokenizer", .text("a name of tokenizer.ggml.pre, such as qwen2"))
    drop = options.list("drop", of: .tensors)
    adapters = options.list("adapters", of: Adapter.kind)
    guard let path else { return nil }
    self.path = path
  }
}

extension ModelSpec.Adapter {
  /// Reads a path, or a mapping with `path` and `weight`.
  fileprivate static var kind: ValueKind<Self> {
    ValueKind.mapping(orOnly: "path") { Self(reading: &$0) }.described(as: "adapters")
  }

  fileprivate init?(reading options: inout MappingReader) {
    let path = options.required("path", .input)
    weight = options.value("weight", .number(), default: 1)
    guard let path else { return nil }
    self.path = path
  }
}

extension ValueKind where Value == FileLocation {
  /// A file or folder that is read, which nothing may overwrite.
  static var input: ValueKind {
    claimed(as: .input)
  }

  /// The record of an earlier run, whose place the manifest of this one may take.
  static var baseline: ValueKind {
    claimed(as: .baseline)
  }

  /// A folder in which records of a run are written.
  static var report: ValueKind {
    claimed(as: .report, made: .folder)
  }

  /// A file or folder that is written, by one product only.
  static func product(_ made: MadeKind?) -> ValueKind {
    claimed(as: .product, made: made)
  }

  private static func claimed(as role: Claim.Role, made: MadeKind? = nil) -> ValueKind {
    ValueKind(
      expected: ValueKind.path.expected,
      read: { reader in
        let location = ValueKind.path.read(reader)
        if let location { reader.log.claim(Claim(role, location, at: reader.position, made: made)) }
        return location
      },
      echo: ValueKind.path.echo, schema: ValueKind.path.schema)
  }
}
