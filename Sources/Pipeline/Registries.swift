import Solvers

/// The kinds of variants that this program has.
package enum PlanishKinds: VariantKinds {
  package typealias Solver = any Solvers.Solver
  package typealias Transform = Never
  package typealias Writer = any Pipeline.Writer
}

/// A pipeline of this program.
package typealias Spec = PipelineSpec<PlanishKinds>
/// A pipeline file of this program.
package typealias SpecFile = PipelineFile<PlanishKinds>

extension Registries where Kinds == PlanishKinds {
  /// Every solver, transform and writer that a pipeline file can name: one line for each.
  package static var all: Registries {
    Registries(
      solvers: [.init("gptq") { GPTQ(reading: &$0) }, .init("rtn") { _ in RoundToNearest() }],
      writers: [.init("gguf") { _ in GGUFProductWriter() }])
  }
}

extension GPTQ {
  /// Reads `{damping, order, sweeps, refits, asymmetry}`.
  init(reading options: inout MappingReader) {
    self.init(
      damping: Float(options.value("damping", .number(in: .from(0, to: 1)), default: 0.01)),
      order: options.value("order", .word, default: .activation),
      sweeps: options.value("sweeps", .integer(in: .from(0, to: 100)), default: 2),
      refits: options.value("refits", .integer(in: .from(0, to: 100)), default: 2),
      asymmetry: Float(options.value("asymmetry", .number(in: .from(0, to: 1)), default: 0)))
  }
}
