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
      solvers: [
        .init("gptq") { GPTQ(reading: &$0) }, .init("hqq") { HQQ(reading: &$0) },
        .init("rtn") { _ in RoundToNearest() },
      ],
      writers: [
        .init("gguf") { _ in GGUFProductWriter() }, .init("safetensors") { SafetensorsProductWriter(reading: &$0) },
      ])
  }
}

/// Every writer with its defaults, to tell what can hold a type.
enum Writers {
  static let all: [any Writer] = [GGUFProductWriter(), SafetensorsProductWriter()]
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

extension HQQ {
  /// Reads `{norm, iterations, beta, kappa}`.
  init(reading options: inout MappingReader) {
    self.init(
      norm: Float(options.value("norm", .number(in: .from(0.01, to: 1)), default: 0.7)),
      iterations: options.value("iterations", .integer(in: .from(0, to: 1000)), default: 20),
      beta: Float(options.value("beta", .number(in: .above(0)), default: 10)),
      kappa: Float(options.value("kappa", .number(in: .atLeast(1)), default: 1.01)))
  }
}

extension SafetensorsProductWriter {
  /// Reads `{dtype, shard_bytes}`.
  init(reading options: inout MappingReader) {
    self.init(
      type: options.value("dtype", .word, default: .f16),
      shardBytes: options.value("shard_bytes", .integer(in: .atLeast(1)), default: Self.defaultShardBytes))
  }
}
