import Products
import Solvers
import Spec
import Transforms

/// The kinds of variants that this program has.
package enum PlanishKinds: VariantKinds {
  package typealias Solver = any Solvers.Solver
  package typealias Transform = any Transforms.Transform
  package typealias Writer = any Products.Writer
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
        .init("gptq") { GPTQ.reading(&$0) }, .init("hqq") { HQQ(reading: &$0) },
        .init("rtn") { _ in RoundToNearest() },
      ],
      transforms: [
        .init("rotate") { Rotate(reading: &$0) },
        .init("awq") { AWQ(reading: &$0) },
        .init("smoothquant") { SmoothQuant(reading: &$0) },
      ],
      writers: Writers.entries, objectionToType: { TypeNames.objection($0, isWhole: $1) })
  }
}

extension GPTQ {
  /// Reads the same and `groups`.
  static func reading(_ options: inout MappingReader) -> (any Solver)? {
    let groups = options.value("groups", .word, default: ColumnGroups.neighbours)
    guard let solver = GPTQ(reading: &options) else { return nil }
    return groups == .neighbours ? solver : SortedColumns(solver)
  }

  /// Which columns share a scale.
  private enum ColumnGroups: String, CaseIterable, Sendable {
    case neighbours
    case activation
  }

  /// Reads `{damping, order, sweeps, refits, asymmetry, grids, loss, coupling, output_damping, fallback}`.
  init?(reading options: inout MappingReader) {
    let grids = options.value("grids", .word, default: GridTime.beforehand)
    let natural = grids == .reached ? ColumnOrder.natural : .activation
    let order = options.value("order", .word, default: natural)
    let fallback: Fallback? = options.optional("fallback", .word)
    if grids == .reached, order != .natural {
      options.report(
        at: "order",
        "found order \(order.rawValue) with grids: reached, expected natural: only then is a group reached whole")
    }
    self.init(
      damping: Float(options.value("damping", .number(in: .from(0, to: 1)), default: Self.defaultDamping)),
      order: grids == .reached ? .natural : order,
      sweeps: options.value("sweeps", .integer(in: .from(0, to: 100)), default: Self.defaultSweeps),
      refits: options.value("refits", .integer(in: .from(0, to: 100)), default: Self.defaultRefits),
      asymmetry: Float(options.value("asymmetry", .number(in: .from(0, to: 1)), default: Self.defaultAsymmetry)),
      grids: grids, loss: options.optional("loss", .word),
      outputs: OutputConditioning(
        damping: options.optional("output_damping", .number(in: .from(0, to: 100))).map { Float($0) }
          ?? Self.defaultOutputs.damping,
        correlation: options.optional("coupling", .number(in: .from(0, to: 1))).map { Float($0) }
          ?? Self.defaultOutputs.correlation), fallsBackToRounding: fallback == .rtn)
  }

  private enum Fallback: String, CaseIterable, Sendable {
    case rtn
  }
}

extension Rotate {
  /// Reads `{kind, seed, heads}`.
  init(reading options: inout MappingReader) {
    let _: Kind = options.value("kind", .word, default: .hadamard)
    self.init(
      seed: UInt64(options.value("seed", .integer(in: .atLeast(0)), default: 0)),
      heads: options.value("heads", .truth, default: true))
  }

  private enum Kind: String, CaseIterable, Sendable {
    case hadamard
  }
}

extension AWQ {
  /// Reads `{grid}`.
  init(reading options: inout MappingReader) {
    self.init(steps: options.value("grid", .integer(in: .from(1, to: 1000)), default: Self.defaultSteps))
  }
}

extension SmoothQuant {
  /// Reads `{strength}`.
  init(reading options: inout MappingReader) {
    self.init(strength: Float(options.value("strength", .number(in: .from(0, to: 1)), default: Self.defaultStrength)))
  }
}

extension HQQ {
  /// Reads `{norm, iterations, beta, kappa}`.
  init(reading options: inout MappingReader) {
    self.init(
      norm: Float(options.value("norm", .number(in: .from(0.01, to: 1)), default: Self.defaultNorm)),
      iterations: options.value("iterations", .integer(in: .from(0, to: 1000)), default: Self.defaultIterations),
      beta: Float(options.value("beta", .number(in: .above(0)), default: Self.defaultBeta)),
      kappa: Float(options.value("kappa", .number(in: .atLeast(1)), default: Self.defaultKappa)))
  }
}
