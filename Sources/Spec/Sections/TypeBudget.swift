/// `type: {bits: 4.25, from: […]}`: what all tensors together may take or cost, and the types that are spent on each.
package struct TypeBudget: Sendable, Equatable {
  package enum Limit: Sendable, Equatable {
    /// Bits of a weight over the whole model, without any container's header.
    case bits(Double)
    /// Bytes of all tensors, without any container's header.
    case bytes(Int)
    /// The divergence from the original that is foretold, in nats per token.
    case meanKLD(Double)
  }

  package let limit: Limit
  /// Types of single tensors, as written.
  package let types: [String]

  /// What stands for it where a type has a name.
  package var name: String {
    switch limit {
    case .bits(let bits): "\(bits) bits"
    case .bytes(let bytes): "\(bytes) bytes"
    case .meanKLD(let divergence): "mean_kld \(divergence)"
    }
  }

  /// The same types with so many bytes to spend.
  package func replacing(bytes: Int) -> TypeBudget { TypeBudget(limit: .bytes(bytes), types: types) }

  private init(limit: Limit, types: [String]) {
    self.limit = limit
    self.types = types
  }

  init?(reading options: inout MappingReader) {
    let limits = ["bits", "bytes", "mean_kld"]
    let bits = options.optional("bits", .number(in: .above(0)))
    let bytes = options.optional("bytes", .bytes)
    let divergence = options.optional("mean_kld", .number(in: .above(0)))
    let types = options.required("from", .list(of: .type("the name of a type")))
    options.require(oneOf: limits, "found no budget, expected one of bits, bytes and mean_kld")
    for (index, limit) in limits.enumerated() {
      for other in limits[..<index] {
        options.refuse(limit, beside: other, "found \(limit) and \(other), expected one of them")
      }
    }
    guard let types else { return nil }
    self.types = types
    if let bits {
      limit = .bits(bits)
    } else if let bytes {
      limit = .bytes(bytes)
    } else if let divergence {
      limit = .meanKLD(divergence)
    } else {
      return nil
    }
  }
}

/// What `type` asks for.
package enum TypeRequest: Sendable, Equatable {
  /// A type or a mix, as written; the plan knows which there are.
  case named(String)
  /// The best that a budget buys.
  case budget(TypeBudget)

  package var name: String {
    switch self {
    case .named(let name): name
    case .budget(let budget): budget.name
    }
  }

  package var budget: TypeBudget? {
    if case .budget(let budget) = self { budget } else { nil }
  }
}

extension ValueKind where Value == TypeRequest {
  /// The name of a type, called `expected` in diagnostics, or a budget.
  static func typeRequest(_ expected: String) -> ValueKind {
    let name = ValueKind<String>.type(expected)
    let budget = ValueKind<TypeBudget>.mapping { TypeBudget(reading: &$0) }.described(as: "type")
    return ValueKind(
      expected: expected,
      read: { reader in
        if case .mapping = reader.node.content { return reader.read(budget).map { .budget($0) } }
        return reader.read(name).map { .named($0) }
      },
      echo: nil, schema: { .object([("anyOf", .list([name.schema($0), budget.schema($0)]))]) })
  }
}
