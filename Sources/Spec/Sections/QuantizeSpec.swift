/// What matrices get whose rows the type that was asked for cannot store.
package enum FallbackTypes: String, CaseIterable, Sendable {
  /// What llama-quantize gives them.
  case stock
  /// As few bits as stay sound.
  case smallest
}

/// `quantize`: what every tensor becomes, and who solves it.
package struct QuantizeSpec<Kinds: VariantKinds>: Sendable, Equatable {
  /// Another type or solver for the tensors that a pattern names; later overrides win over earlier ones.
  package struct Override: Sendable, Equatable {
    package let tensors: TensorGlob
    package let type: String?
    package let solver: Choice<Kinds.Solver>?
  }

  package let solver: Choice<Kinds.Solver>
  /// A GGUF type, a mix or a scheme, or a budget.
  package let type: TypeRequest
  package let overrides: [Override]
  package let fallbackTypes: FallbackTypes

  init?(reading options: inout MappingReader, defaultSolver: String, _ solvers: Registry<Kinds.Solver>) {
    let solver = options.value("solver", .choice(from: solvers), assuming: defaultSolver)
    let type = options.required("type", .typeRequest("a GGUF type or mix, such as q4_k_m"))
    let overrides = options.list("overrides", of: Override.kind(solvers))
    fallbackTypes = options.value("fallback_types", .word, default: Defaults.fallbackTypes)
    guard let solver, let type else { return nil }
    self.solver = solver
    self.type = type
    self.overrides = overrides
  }
}

extension QuantizeSpec.Override {
  /// Reads `{tensors, type, solver}`.
  static func kind(_ solvers: Registry<Kinds.Solver>) -> ValueKind<Self> {
    ValueKind.mapping { Self(reading: &$0, solvers) }.described(as: "overrides")
  }

  private init?(reading options: inout MappingReader, _ solvers: Registry<Kinds.Solver>) {
    let tensors = options.required("tensors", .tensors)
    type = options.optional("type", .type("a GGUF type, such as q6_k"))
    solver = options.optional("solver", .choice(from: solvers))
    options.require(
      oneOf: ["type", "solver"], "found an override without type and solver, expected at least one of them")
    guard let tensors else { return nil }
    self.tensors = tensors
  }
}
